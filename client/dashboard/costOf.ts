// What the run has cost so far, and what FedAvg would have: as many updates with the whole model in float32 both ways, and
// on the device the plan of the whole model. Pure: from the run's own figures, nothing assumed of how fast either learns.

import type { DashboardDevice, DashboardFigures, DashboardRun } from '../../shared/contract/dashboard.ts';

const FLOAT_BYTES = 4;

export interface Against {
  readonly here: number;
  readonly fedAvg: number;
}

export interface Cost {
  /** Bytes both ways, the first download included. */
  readonly payload: Against;
  /** Most deviceBytes of any device that has trained; 0 before the first. Unenforced budgets are left out. */
  readonly memory: Against;
}

export function costOf(
  run: DashboardRun,
  figures: DashboardFigures,
  devices: Iterable<DashboardDevice>,
): Cost {
  let mostBytes = 0;
  for (const { deviceBytes, isBudgetEnforced } of devices)
    if (isBudgetEnforced) mostBytes = Math.max(mostBytes, deviceBytes);
  return {
    payload: {
      here: figures.bytesDown + figures.bytesUp,
      fedAvg: 2 * run.numParameters * FLOAT_BYTES * figures.accepted,
    },
    memory: { here: mostBytes, fedAvg: run.fullDeviceBytes },
  };
}

/** "−69 %", "0 %", "+5 %"; '' where there is nothing to compare yet. */
export function savedOf({ here, fedAvg }: Against): string {
  if (here === 0 || fedAvg === 0) return '';
  const percent = Math.round((here / fedAvg - 1) * 100);
  if (percent === 0) return '0\u00a0%';
  return percent < 0 ? `−${-percent}\u00a0%` : `+${percent}\u00a0%`;
}
