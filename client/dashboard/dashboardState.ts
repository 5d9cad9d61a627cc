// All that a dashboard knows: the feed's messages put together. Knows no element of the page and no connection.

import type {
  DashboardDevice,
  DashboardFigures,
  DashboardMessage,
  DashboardRun,
  Examination,
} from '../../shared/contract/dashboard.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';

export interface DashboardState {
  run: DashboardRun;
  /** Milliseconds since the run began, as the newest message had it. */
  nowMs: number;
  figures: DashboardFigures;
  /** In the order in which they joined. */
  readonly devices: Map<string, DashboardDevice>;
  schemes: readonly UpdateScheme[];
  readonly steps: { readonly atMs: number[]; readonly version: number[] };
  readonly evaluations: {
    readonly atMs: number[];
    readonly version: number[];
    readonly score: number[];
    readonly loss: number[];
  };
  staleness: readonly number[];
  examination: Examination | null;
}

/**
 * The state after a message: the one before, changed in place, or a new one where the message holds everything.
 * Throws where the first message does not.
 */
export function takeMessage(state: DashboardState | null, message: DashboardMessage): DashboardState {
  const next = message.run === undefined ? state : beginning(message, message.run);
  if (next === null) throw new Error('internal: the feed began in the middle');
  next.nowMs = message.nowMs;
  if (message.figures) next.figures = message.figures;
  for (const device of message.devices ?? []) next.devices.set(device.id, device);
  if (message.schemes) next.schemes = message.schemes;
  if (message.history) {
    const { steps, evaluations, staleness } = message.history;
    append(next.steps.atMs, steps.atMs);
    append(next.steps.version, steps.version);
    append(next.evaluations.atMs, evaluations.atMs);
    append(next.evaluations.version, evaluations.version);
    append(next.evaluations.score, evaluations.score);
    append(next.evaluations.loss, evaluations.loss);
    next.staleness = staleness;
  }
  if (message.examination) next.examination = message.examination;
  return next;
}

function beginning({ nowMs, figures }: DashboardMessage, run: DashboardRun): DashboardState {
  if (figures === undefined) throw new Error('internal: the first message has no figures');
  return {
    run,
    nowMs,
    figures,
    devices: new Map(),
    schemes: [],
    steps: { atMs: [], version: [] },
    evaluations: { atMs: [], version: [], score: [], loss: [] },
    staleness: [],
    examination: null,
  };
}

function append(target: number[], values: readonly number[]): void {
  for (const value of values) target.push(value);
}
