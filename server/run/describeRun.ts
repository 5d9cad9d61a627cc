// A run's status as pages, the fleet and tests read it: the coordinator's view and the ledger's, put together.

import { numParameters } from '../../shared/engine/model.ts';
import type { RefusalCode } from '../../shared/contract/messages.ts';
import type { DeviceStatus, RunStatus } from '../../shared/contract/status.ts';
import type { SearchStatus, Waiting } from '../../shared/contract/waiting.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import type { Coordinator } from '../../shared/federation/coordinator.ts';
import type { CoordinatorStatus, DeviceView } from '../../shared/federation/status.ts';
import { waitingFor } from '../../shared/federation/waitingFor.ts';
import type { SearchProgress } from '../search/searchMessages.ts';
import { medianStepMs, type DeviceAccount, type Ledger } from '../store/ledger.ts';
import { figuresOf, type Evaluation } from '../store/keptLines.ts';
import type { RunCost } from '../tensorboard/runScalars.ts';
import type { RefusalCounts } from './refusalCounts.ts';

export interface RunParts {
  readonly config: RunConfig;
  readonly task: TaskDefinition;
  readonly coordinator: Coordinator;
  readonly ledger: Ledger;
  readonly evaluations: readonly Evaluation[];
  /** Of the gateway; the coordinator counts its own. */
  readonly refusals: RefusalCounts;
  /** Of the search under way; null before it has told. */
  readonly searchProgress: SearchProgress | null;
  readonly nowMs: number;
}

export function describeRun(parts: RunParts): RunStatus {
  const { config, task, ledger, evaluations, nowMs } = parts;
  const federation = parts.coordinator.status();
  const newest = evaluations.at(-1);
  return {
    id: config.id,
    task: config.task,
    strategy: config.strategy.name,
    numParameters: numParameters(task.model),
    metric: task.metric,
    target: task.target,
    version: federation.version,
    accepted: federation.accepted,
    duplicates: federation.duplicates,
    buffered: federation.buffered,
    assignmentsOut: federation.assignmentsOut,
    ...figuresOf(newest),
    accuracyVersion: newest?.version ?? -1,
    elapsedMs: nowMs,
    ...payloadOf(ledger),
    refusals: addCounts(parts.refusals, federation.refusals),
    resumes: ledger.resumes,
    restarts: ledger.starts - 1,
    search: describeSearch(federation, parts.searchProgress),
    waiting: describeWaiting(parts, federation),
    devices: federation.devices.flatMap((view) => {
      const account = ledger.devices.get(view.deviceId);
      return account === undefined ? [] : [describeDevice(view, account)];
    }),
  };
}

/** What the run had cost so far. */
export function runCostOf({ coordinator, ledger }: Pick<RunParts, 'coordinator' | 'ledger'>): RunCost {
  const { payloadBytesDown, payloadBytesUp } = payloadOf(ledger);
  return { updates: coordinator.numAccepted, payloadBytes: payloadBytesDown + payloadBytesUp };
}

function payloadOf({ devices, forgotten }: Ledger): Pick<RunStatus, 'payloadBytesDown' | 'payloadBytesUp'> {
  let { bytesDown: payloadBytesDown, bytesUp: payloadBytesUp } = forgotten;
  for (const { bytesDown, bytesUp } of devices.values()) {
    payloadBytesDown += bytesDown;
    payloadBytesUp += bytesUp;
  }
  return { payloadBytesDown, payloadBytesUp };
}

/** What the run waits for, whoever steers it apart; null: it goes on by itself. */
export function describeWaiting(
  { config, searchProgress }: Pick<RunParts, 'config' | 'searchProgress'>,
  federation: CoordinatorStatus,
): Waiting | null {
  const search = describeSearch(federation, searchProgress);
  return waitingFor(config, federation) ?? (search && { kind: 'search', ...search });
}

function describeSearch(
  { isSearching, probing }: CoordinatorStatus,
  progress: SearchProgress | null,
): SearchStatus | null {
  if (!isSearching) return probing && { doing: 'probing', ...probing };
  const { doing, share } = progress ?? { doing: 'searching', share: 0 };
  return { doing, done: Math.floor(100 * share), of: 100 };
}

function describeDevice(view: DeviceView, account: DeviceAccount): DeviceStatus {
  const { device, report } = view;
  return {
    deviceId: view.deviceId,
    name: device.name,
    profile: device.profile,
    backend: report?.backend || device.backend,
    stragglerFactor: device.stragglerFactor,
    connected: view.presence === 'connected',
    training: view.openAssignment !== '',
    budgetBytes: view.budgetBytes,
    deviceBytes: report?.deviceBytes ?? 0,
    allocatedBytes: report?.allocatedBytes ?? 0,
    trainedShare: view.trainedShare,
    assignments: view.assignments,
    updates: view.updates,
    refused: view.refused,
    lastStaleness: view.lastStaleness,
    meanStaleness: view.meanStaleness,
    stepMsMedian: medianStepMs(account),
    overruns: account.overruns,
    joinToFirstStepMs: report?.joinToFirstStepMs ?? 0,
    bytesDown: account.bytesDown,
    bytesUp: account.bytesUp,
  };
}

function addCounts(left: RefusalCounts, right: RefusalCounts): RefusalCounts {
  const sum = { ...left };
  for (const [code, count] of Object.entries(right) as [RefusalCode, number][]) {
    sum[code] = (sum[code] ?? 0) + count;
  }
  return sum;
}
