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
  readonly onFinished: (cell: Cell, finished: FinishedCell) => Promise<void>;
}

/** A cell with what came of it. */
export interface Known {
  readonly cell: Cell;
  readonly finished: FinishedCell;
}

/** FLOP/s of local work in a thread of a quiet machine. */
const FLOPS_PER_SECOND = 25e9;
/** Of the time of local work, for evaluations and server steps. */
const OVERHEAD = 1.4;

/** Computes what is not in the store; those that were interrupted stay missing. */
export async function runCells(
  cells: readonly Cell[],
  { pool, store, dataDir, open, signal, anyVersion, codeVersion, onProgress, onFinished }: RunCellsOptions,
): Promise<void> {
  for (const cell of cells) {
    if (signal.aborted) return;
    if (store.find(cell, anyVersion)) continue;
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
    const { config, seed } = cell;
    const computed = { config, seed, codeVersion, result, processorSeconds: (user + system) / 1e6 };
    store.keep(cell, computed);
    await onFinished(cell, computed);
  }
}

/** What the store has, in the order of the cells. */
export function knownOf(cells: readonly Cell[], store: CellStore, anyVersion: boolean): Known[] {
  return cells.flatMap((cell) => {
    const finished = store.find(cell, anyVersion);
    return finished ? [{ cell, finished }] : [];
  });
}

/** What the store has not, each simulation once though several cells need it. */
export function missingOf(cells: readonly Cell[], store: CellStore, anyVersion: boolean): Cell[] {
  const first = new Map<string, Cell>();
  for (const cell of cells) if (!first.has(cell.key)) first.set(cell.key, cell);
  return [...first.values()].filter((cell) => !store.find(cell, anyVersion));
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
