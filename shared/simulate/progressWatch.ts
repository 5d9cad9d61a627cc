// Sees when a simulation gets nowhere, so that none is endless: whatever happens, it ends within so much virtual time, so many
// updates or so many turns without an accepted update. Decides from virtual time and counts alone, as figures must not depend
// on how fast the machine is. What it tells people is put into words by standstill.ts.

import type { RunConfig } from '../federation/config.ts';
import type { RefusalCode } from '../contract/messages.ts';
import { MAX_EVALUATIONS, type SimulationConfig } from './simulationConfig.ts';
import type { StopReason } from './simulationResult.ts';
import type { Tally } from './tally.ts';

/** Accepted updates of a simulation that only its target would end. */
export const MAX_UPDATES_TO_TARGET = 100_000;
/** Of encoded updates that wait for one version. */
const MAX_BUFFERED_BYTES = 2 ** 30;
/** Things that may happen without an accepted update. */
const MAX_IDLE_TURNS = 1_000_000;
/** Updates in a row that come to nothing, for each device that is at work at once, and at least; one each where time is over. */
const FAILURES_EACH = 4;
const LEAST_FAILURES = 100;
/** Things that may happen to each device, and at all, in one moment of virtual time. */
const TURNS_EACH = 20;
const LEAST_TURNS = 300;
/** So many times a device's mean stay and absence. */
const COMINGS_WAITED = 10;

/** What there has been since the last accepted update. */
export interface IdleCounts {
  readonly diverged: number;
  readonly refusals: Partial<Record<RefusalCode, number>>;
  readonly interrupted: number;
}

export type Standstill =
  | { readonly kind: 'failures'; readonly count: number }
  /** No update was accepted in this time. */
  | { readonly kind: 'noUpdate'; readonly virtualSeconds: number }
  | { readonly kind: 'idleTurns'; readonly turns: number }
  | { readonly kind: 'frozenTime' }
  | { readonly kind: 'nothingToCome' }
  | { readonly kind: 'bufferedBytes'; readonly bytes: number }
  | { readonly kind: 'evaluations' }
  | { readonly kind: 'updatesToTarget' };

export interface ProgressWatch {
  readonly idle: IdleCounts;
  accepted(atMs: number, encodedBytes: number): void;
  refused(code: RefusalCode): void;
  /** A probe was taken in: devices may probe one part after the other before they train. */
  probed(atMs: number): void;
  stepped(): void;
  /** To be asked before each turn; null: it goes on. */
  look(nowMs: number, numEvaluations: number): Standstill | null;
}

/** `tally`: counts what devices began and did not send. */
export function createProgressWatch(
  config: SimulationConfig,
  run: RunConfig,
  tally: Pick<Tally, 'failed'>,
): ProgressWatch {
  const patienceMs = patienceMsOf(config, run);
  const numAtWork = Math.min(config.devices, run.concurrency);
  const maxFailures = Math.max(LEAST_FAILURES, FAILURES_EACH * numAtWork);
  const maxTurnsAtOnce = Math.max(LEAST_TURNS, TURNS_EACH * config.devices);
  const { updates, virtualSeconds } = config.stop;
  const maxUpdates = updates === undefined && virtualSeconds === undefined ? MAX_UPDATES_TO_TARGET : Infinity;
  let [numAccepted, bufferedBytes, numRefused, turns] = [0, 0, 0, 0];
  let [progressMs, momentMs, turnsAtOnce] = [0, 0, 0];
  let refusals: Partial<Record<RefusalCode, number>> = {};
  let before = tally.failed;

  function idleCounts(): IdleCounts {
    const { diverged, interrupted } = tally.failed;
    return {
      diverged: diverged - before.diverged,
      interrupted: interrupted - before.interrupted,
      refusals,
    };
  }

  return {
    get idle() {
      return idleCounts();
    },
    accepted(atMs, encodedBytes) {
      numAccepted++;
      bufferedBytes += encodedBytes;
      [numRefused, turns, progressMs] = [0, 0, atMs];
      refusals = {};
      before = tally.failed;
    },
    refused(code) {
      numRefused++;
      refusals[code] = (refusals[code] ?? 0) + 1;
    },
    probed(atMs) {
      progressMs = atMs;
    },
    stepped() {
      bufferedBytes = 0;
    },
    look(nowMs, numEvaluations) {
      turns++;
      turnsAtOnce = nowMs > momentMs ? 0 : turnsAtOnce + 1;
      momentMs = nowMs;
      const failures = numRefused + tally.failed.diverged - before.diverged;
      const isOver = nowMs - progressMs > patienceMs;
      // Devices whose work comes to nothing rest ever longer: few may have failed when time is over.
      if (failures >= (isOver ? numAtWork : maxFailures)) return { kind: 'failures', count: failures };
      if (isOver) return { kind: 'noUpdate', virtualSeconds: (nowMs - progressMs) / 1000 };
      if (turns > MAX_IDLE_TURNS) return { kind: 'idleTurns', turns: MAX_IDLE_TURNS };
      if (turnsAtOnce > maxTurnsAtOnce) return { kind: 'frozenTime' };
      if (bufferedBytes > MAX_BUFFERED_BYTES) return { kind: 'bufferedBytes', bytes: bufferedBytes };
      if (numEvaluations >= MAX_EVALUATIONS) return { kind: 'evaluations' };
      return numAccepted >= maxUpdates ? { kind: 'updatesToTarget' } : null;
    },
  };
}

/** Virtual time in which every lease has ended twice, every deadline has passed, and whoever was away has come. */
function patienceMsOf({ world, searchSeconds = 0 }: SimulationConfig, run: RunConfig): number {
  const { churn, classes } = world;
  const cycles = classes.map(({ schedule }) => (schedule ? schedule.staySeconds + schedule.awaySeconds : 0));
  const cycle = Math.max(churn ? churn.staySeconds + churn.awaySeconds : 0, ...cycles);
  const probing = run.contributions.kind === 'probes' ? run.contributions.patienceMs : 0;
  return (
    2 * (run.leaseMs + run.graceMs) +
    run.strategy.trigger.deadlineMs +
    1000 * (searchSeconds + COMINGS_WAITED * cycle) +
    probing
  );
}

/** As what a standstill counts in the result. */
export function stopReasonOf({ kind }: Standstill, { diverged, refusals }: IdleCounts): StopReason {
  switch (kind) {
    case 'failures': {
      const absurd = diverged + (refusals.notFinite ?? 0) + (refusals.tooLarge ?? 0);
      const others = Object.values(refusals).reduce((sum, count) => sum + count, diverged) - absurd;
      return absurd > others ? 'diverged' : 'stalled';
    }
    case 'noUpdate':
    case 'idleTurns':
    case 'frozenTime':
    case 'nothingToCome':
      return 'stalled';
    case 'bufferedBytes':
    case 'evaluations':
    case 'updatesToTarget':
      return 'limit';
    default:
      return kind satisfies never;
  }
}
