// What a dashboard shows of a run, from the run's status. Whatever a device says of itself is free text to whoever
// writes a link, and a projector is no place for that: only known words pass, unless the server allows names.

import { enforcesBudget } from '../../../shared/engine/trainer.ts';
import { numParameters } from '../../../shared/engine/model.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme, type UpdateScheme } from '../../../shared/engine/scheme.ts';
import { deviceName } from '../../../shared/deviceName.ts';
import type {
  DashboardDevice,
  DashboardDeviceState,
  DashboardFigures,
  DashboardRun,
} from '../../../shared/contract/dashboard.ts';
import type { DeviceStatus, RunStatus } from '../../../shared/contract/status.ts';
import { deskValues } from '../../settings/liveSettings.ts';
import { titleOf } from '../../../shared/federation/strategies.ts';
import { rulesOf } from '../../../shared/federation/triggers.ts';
import type { CoordinatorStatus, DeviceView } from '../../../shared/federation/status.ts';
import type { RunForDashboard } from '../../run/runForDashboard.ts';

const BROWSER =
  /^(?:Edge|Opera|Samsung Internet|Firefox|Chrome|Safari|unknown browser)(?: \d{1,4})? \((iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux|unknown system)\)$/;
const KINDS: Readonly<Record<string, string>> = {
  Macintosh: 'Mac',
  CrOS: 'Chromebook',
  'unknown system': '',
};
const BACKEND = /^(?:webgpu|wasm-relaxed|wasm-simd|wasm-scalar|tfjs-webgpu)$/;

export function isKnownBackend(name: string): boolean {
  return BACKEND.test(name);
}

export function describeFeed(
  { config, task }: RunForDashboard,
  group: readonly RunForDashboard[],
  joinUrls: readonly string[],
): DashboardRun {
  const { model, classes, title, metric, target, inputs } = task;
  const { batch } = config.localWork;
  const [height = 0, width = 0, channels = 0] = model.input;
  const isPicture = model.input.length === 3 && height > 1 && (channels === 1 || channels === 3);
  return {
    id: config.id,
    taskTitle: title,
    metric,
    target,
    classes,
    inputs,
    picture: isPicture ? [height, width, channels] : null,
    model,
    batch,
    numParameters: numParameters(model),
    fullDeviceBytes: planTraining(model, fullScheme(model), { batch }).deviceBytes,
    sideBySide: group.length > 1 ? group.map((run) => run.config.id) : [],
    joinUrls,
  };
}

export function describeFigures(
  { config, isEnded }: RunForDashboard,
  status: RunStatus,
  federation: CoordinatorStatus,
  isPaused: boolean,
): DashboardFigures {
  const rules = rulesOf(config.strategy.trigger);
  return {
    strategy: status.strategy,
    strategyTitle: titleOf(config.strategy),
    version: status.version,
    accepted: status.accepted,
    refused: Object.values(status.refusals).reduce((sum, count) => sum + count, 0),
    clipped: federation.clipped,
    buffered: status.buffered,
    bufferSize: rules.stepSize(federation, config.concurrency),
    assignmentsOut: status.assignmentsOut,
    bytesDown: status.payloadBytesDown,
    bytesUp: status.payloadBytesUp,
    settings: deskValues(config),
    waitsForAll: rules.isSynchronous,
    isPaused,
    waiting: isEnded ? null : isPaused ? { kind: 'paused' } : status.waiting,
    isEnded,
  };
}

export interface FeedDeviceParts {
  readonly view: DeviceView;
  readonly status: DeviceStatus;
  readonly allowsNames: boolean;
  /** What the teacher has made of it; 1: nothing. */
  readonly slowdown: number;
  /** Index of the scheme, -1: none. */
  readonly schemeIndex: number;
}

export function describeDevice(parts: FeedDeviceParts): DashboardDevice {
  const { view, status, allowsNames, slowdown, schemeIndex } = parts;
  const { browser, kind } = checkBrowser(view.device.browser);
  const generated = deviceName(view.deviceId);
  return {
    id: view.deviceId,
    name: allowsNames ? status.name || generated : generated,
    kind: allowsNames ? status.profile || kind : kind,
    browser,
    cores: view.device.cores,
    backend: isKnownBackend(status.backend) ? status.backend : '',
    state: stateOf(view),
    slowdown: slowdown * Math.max(1, status.stragglerFactor),
    budgetBytes: status.budgetBytes,
    deviceBytes: status.deviceBytes,
    allocatedBytes: status.allocatedBytes,
    isBudgetEnforced: enforcesBudget(status.backend),
    scheme: schemeIndex,
    trainedShare: status.trainedShare,
    narrows: view.narrows,
    isExempt: view.isExempt,
    staleness: status.lastStaleness,
    updates: status.updates,
    refused: status.refused,
    bytesDown: status.bytesDown,
    bytesUp: status.bytesUp,
    stepMs: status.stepMsMedian,
  };
}

export function stateOf({ presence, openAssignment }: DeviceView): DashboardDeviceState {
  switch (presence) {
    case 'connected':
      return openAssignment === '' ? 'waiting' : 'training';
    case 'lost':
      return 'asleep';
    case 'gone':
      return 'gone';
    default:
      return presence satisfies never;
  }
}

function checkBrowser(text: string): { browser: string; kind: string } {
  const system = BROWSER.exec(text)?.[1];
  if (system === undefined) return { browser: '', kind: '' };
  return { browser: text.replace(/ \(.*/, ''), kind: KINDS[system] ?? system };
}

/** Schemes by number, each once. */
export interface SchemeTable {
  /** -1 for none. */
  indexOf(scheme: UpdateScheme | undefined): number;
  readonly schemes: readonly UpdateScheme[];
}

export function createSchemeTable(): SchemeTable {
  const indices = new Map<string, number>();
  const schemes: UpdateScheme[] = [];
  return {
    schemes,
    indexOf(scheme) {
      if (scheme === undefined) return -1;
      const key = JSON.stringify(scheme);
      const known = indices.get(key);
      if (known !== undefined) return known;
      indices.set(key, schemes.length);
      return schemes.push(scheme) - 1;
    },
  };
}
