// How a live run stands, for whoever looks: the terminal, dashboards, downloads.

import type { RunStatus } from '../../shared/contract/status.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import type { CoordinatorStatus } from '../../shared/federation/status.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import type { DurableCoordinator } from '../store/durableCoordinator.ts';
import type { DeviceAccount } from '../store/ledger.ts';
import type { Evaluation } from '../store/keptLines.ts';
import { describeRun, describeWaiting } from './describeRun.ts';
import type { RunEnding } from './runEnding.ts';
import type { RefusalCounts } from './refusalCounts.ts';
import type { SchemeSearches } from './schemeSearches.ts';

export interface RunFigures {
  status(): RunStatus;
  /** What the run waits for, whoever steers it apart; null: it goes on by itself, or has ended. */
  waiting(): Waiting | null;
  /** The coordinator's own view. */
  federation(): CoordinatorStatus;
  /** What is kept of each device beside the coordinator's figures. */
  accountOf(deviceId: string): DeviceAccount | undefined;
}

export interface RunFiguresOptions {
  readonly durable: Pick<DurableCoordinator, 'coordinator' | 'ledger' | 'nowMs'>;
  readonly task: TaskDefinition;
  /** These grow. */
  readonly evaluations: readonly Evaluation[];
  readonly refusals: RefusalCounts;
  readonly searches: Pick<SchemeSearches, 'progress'>;
  readonly ending: Pick<RunEnding, 'isEnded'>;
}

export function createRunFigures(options: RunFiguresOptions): RunFigures {
  const { durable, task, evaluations, refusals, searches, ending } = options;
  const { coordinator, ledger } = durable;
  return {
    status: () =>
      describeRun({
        config: coordinator.config,
        task,
        coordinator,
        ledger,
        evaluations,
        refusals,
        searchProgress: searches.progress,
        nowMs: durable.nowMs(),
      }),
    waiting() {
      const parts = { config: coordinator.config, searchProgress: searches.progress };
      return ending.isEnded ? null : describeWaiting(parts, coordinator.status());
    },
    federation: () => coordinator.status(),
    accountOf: (deviceId) => ledger.devices.get(deviceId),
  };
}
