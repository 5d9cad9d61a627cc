// Computes the cells that are not there yet, one after the other on one pool of threads, and says what it will take.

import { fullScheme } from '../../shared/engine/scheme.ts';
import { createWorkPlanner } from '../../shared/simulate/plannedWork.ts';
import type { ComputePool } from '../simulate/pool/computePool.ts';
import type { SimulationProgress } from '../../shared/simulate/runSimulation.ts';
import { simulate } from '../simulate/simulate.ts';
import type { TaskOpener } from '../data/openTask.ts';
import { runConfigOfCell, type Cell } from './cells.ts';
import type { CellStore, FinishedCell } from './cellStore.ts';

export interface RunCellsOptions {
  readonly pool: ComputePool;
  readonly store: CellStore;
  readonly dataDir: string;
  /** What the cells' tasks were opened by. */
  readonly open: TaskOpener;
  readonly signal: AbortSignal;
  readonly anyVersion: boolean;
  /** Of this code. */
  readonly codeVersion: string;
  readonly onProgress: (cell: Cell, progress: SimulationProgress) => void;
  readonly onFinished: (cell: Cell, finished: FinishedCell) => void;
}

/** FLOP/s of local work in a thread of a quiet machine. */
const FLOPS_PER_SECOND = 25e9;
/** Of the time of local work, for evaluations and server steps. */
const OVERHEAD = 1.4;

/** In the order of the cells; those that were interrupted are missing. */
export async function runCells(
  cells: readonly Cell[],
  { pool, store, dataDir, open, signal, anyVersion, codeVersion, onProgress, onFinished }: RunCellsOptions,
): Promise<FinishedCell[]> {
  const finished: FinishedCell[] = [];
  for (const cell of cells) {
    const known = store.find(cell, anyVersion);
    if (known) {
      // The same configuration may go by another name in another experiment.
      finished.push({ ...known, config: cell.config });
      continue;
    }
    if (signal.aborted) continue;
    const before = process.cpuUsage();
    const result = await simulate(cell.input, {
      pool,
      dataDir,
      open,
      signal,
      onProgress: (progress) => onProgress(cell, progress),
    });
    if (result.partial) continue;
    const { user, system } = process.cpuUsage(before);
    const computed = {
      config: cell.config,
      seed: cell.seed,
      codeVersion,
      result,
      processorSeconds: (user + system) / 1e6,
    };
    store.keep(cell, computed);
    finished.push(computed);
    onFinished(cell, computed);
  }
  return finished;
}

/** Seconds that a quiet machine takes; NaN where a cell's end cannot be foretold. */
export function projectSeconds(cells: readonly Cell[], threads: number): number {
  const flops = cells.reduce((sum, cell) => {
    const { input, task } = cell;
    const { model } = task;
    const work = createWorkPlanner(model, runConfigOfCell(cell).localWork)(fullScheme(model), Infinity);
    return sum + (input.stop.updates ?? NaN) * work.flopsOf(input.samplesPerDevice);
  }, 0);
  return (OVERHEAD * flops) / (threads * FLOPS_PER_SECOND);
}
