// Seconds on the wall that a configuration takes to its target in real tabs.

import type { SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { isReached } from '../../shared/tasks/metric.ts';
import { runTabs, type RunTabsOptions } from './runTabs.ts';

export interface TabsResult {
  readonly seed: number;
  readonly strategy: string;
  /** Since the first accepted update, to the first of three scored versions in a row at or above the target; null: missed. */
  readonly timeToTarget: number | null;
  readonly finalAccuracy: number;
  readonly seconds: number;
  readonly versions: number;
  readonly updates: number;
  /** Of slow tabs, of all. */
  readonly stragglerUpdateShare: number;
  /** Mean over the tabs. */
  readonly deviceBytes: number;
  readonly payloadBytes: number;
}

const NUM_CONSECUTIVE = 3;

/** Ends at the target, or after `seconds`. */
export async function measureTimeToTarget(
  config: SimulationConfig,
  strategy: string,
  seconds: number,
  options: Omit<RunTabsOptions, 'isDone'>,
): Promise<TabsResult> {
  const { metric, target: ofTask } = options.ownTask?.task ?? findTask(config.task);
  const target = config.target ?? ofTask;
  let scoredVersion = -1;
  let sinceSeconds = 0;
  let inARow = 0;
  const last = await runTabs(config, {
    ...options,
    isDone: ({ run, seconds: at }) => {
      if (run.accuracyVersion !== scoredVersion) {
        scoredVersion = run.accuracyVersion;
        inARow = isReached(metric, run.score, target) ? inARow + 1 : 0;
        if (inARow === 1) sinceSeconds = at;
      }
      return inARow === NUM_CONSECUTIVE || at >= seconds;
    },
  });
  const { devices, payloadBytesDown, payloadBytesUp, ...run } = last.run;
  const slow = devices.filter(({ stragglerFactor }) => stragglerFactor > 1);
  return {
    seed: config.seed,
    strategy,
    timeToTarget: inARow === NUM_CONSECUTIVE ? sinceSeconds : null,
    finalAccuracy: run.accuracy,
    seconds: last.seconds,
    versions: run.version,
    updates: run.accepted,
    stragglerUpdateShare: slow.reduce((sum, { updates }) => sum + updates, 0) / Math.max(1, run.accepted),
    deviceBytes: devices.reduce((sum, { deviceBytes }) => sum + deviceBytes, 0) / Math.max(1, devices.length),
    payloadBytes: payloadBytesDown + payloadBytesUp,
  };
}
