// A simulated experiment from its file to its results folder. Knows nothing of the command line.

import { createComputePool, type ComputePool } from '../simulate/pool/computePool.ts';
import { formatProgressScore } from '../commands/printSimulation.ts';
import type { SimulationProgress } from '../../shared/simulate/runSimulation.ts';
import { formatFigure, FIGURES } from './figures.ts';
import { cellsFrom, cellsOf, nameOfCell, notesOf, type Cell } from './cells.ts';
import { openCellStore, type CellStore, type FinishedCell } from './cellStore.ts';
import type { ExperimentResult, RunExperimentOptions } from './experimentOptions.ts';
import { knownOf, missingOf, projectSeconds, runCells } from './runCells.ts';
import { chosenOf, trialsOf, tuningSketches } from './tuning.ts';
import { writeResults } from './writeResults.ts';

/** Results are written anew after so many seconds, so that whoever interrupts keeps what there is. */
const WRITE_EVERY_MS = 20_000;

/**
 * Tunes, then runs with what was chosen. Throws TypeError or RangeError naming the field of a configuration that cannot work, before
 * any work.
 */
export async function runExperiment(options: RunExperimentOptions): Promise<ExperimentResult> {
  const { experiment, world, codeVersion, open, log, signal, anyVersion } = options;
  const tuning = await cellsFrom(tuningSketches(experiment), world, codeVersion, open);
  // What is chosen is not known yet, but how many there are, and whether they can work.
  const foreseen = await cellsOf(experiment, world, codeVersion, open);
  for (const note of notesOf(foreseen)) log(note);
  const store = openCellStore(options.cacheFolder);
  const pool = createComputePool(options.threads);
  try {
    const progress = createProgress(options, [...tuning, ...foreseen], store, pool);
    await runThese(tuning, options, store, pool, progress);
    const trials = trialsOf(experiment, knownOf(tuning, store, anyVersion));
    const cells = signal.aborted
      ? foreseen
      : await cellsOf(experiment, world, codeVersion, open, chosenOf(experiment, trials));
    const written = (isLast: boolean): Promise<ExperimentResult> =>
      writeResults({ options, trials, tuning, cells, store, isLast });
    let writtenMs = performance.now();
    await runThese(cells, options, store, pool, progress, async () => {
      if (performance.now() - writtenMs < WRITE_EVERY_MS) return;
      await written(false);
      writtenMs = performance.now();
    });
    return await written(true);
  } finally {
    await pool.close();
  }
}

interface Progress {
  readonly at: (cell: Cell, progress: SimulationProgress) => void;
  readonly finished: (cell: Cell, finished: FinishedCell) => void;
}

async function runThese(
  cells: readonly Cell[],
  { dataDir, open, signal, anyVersion, codeVersion }: RunExperimentOptions,
  store: CellStore,
  pool: ComputePool,
  progress: Progress,
  afterEach: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await runCells(cells, {
    pool,
    store,
    dataDir,
    open,
    signal,
    anyVersion,
    codeVersion,
    onProgress: progress.at,
    onFinished: async (cell, finished) => {
      progress.finished(cell, finished);
      await afterEach();
    },
  });
}

function createProgress(
  { log, anyVersion, onProgress }: RunExperimentOptions,
  cells: readonly Cell[],
  store: CellStore,
  pool: ComputePool,
): Progress {
  const missing = missingOf(cells, store, anyVersion);
  const numAll = new Set(cells.map(({ key }) => key)).size;
  const seconds = projectSeconds(missing, pool.threads);
  log(
    `${numAll} cells, ${numAll - missing.length} of them known; projected for the others: ${durationText(seconds)} on ${pool.threads} quiet cores`,
  );
  const startedMs = performance.now();
  let numDone = 0;
  return {
    at(cell, { updates, versions, virtualSeconds, score }) {
      const { stop } = cell.input;
      const share = Math.min(1, updates / (stop.updates ?? Infinity));
      const elapsed = (performance.now() - startedMs) / 1000;
      const left = elapsed * (Math.max(missing.length, numDone + 1) / (numDone + share) - 1);
      onProgress(
        `cell ${numDone + 1}/${missing.length} · ${nameOfCell(cell)} · ${updates}/${stop.updates ?? '?'} updates · version ${versions} · ${virtualSeconds.toFixed(0)} virtual s · score ${formatProgressScore(score)} · about ${durationText(left)} left`,
      );
    },
    finished(cell, { result, processorSeconds }) {
      numDone++;
      const { metric } = cell.task;
      const time = result.timeToTarget === null ? 'missed' : `${result.timeToTarget} s`;
      const why = result.cause === null ? '' : `; ${result.stoppedBy}: ${result.cause}`;
      // Whoever tunes is not to see what decides nothing.
      const score =
        cell.role === 'tuning'
          ? `validation ${formatFigure(FIGURES.score, metric, result.curve.at(-1)?.score ?? -1, 2)}`
          : `test ${formatFigure(FIGURES.score, metric, result.finalScore, 2)}`;
      log(
        `${nameOfCell(cell)}: ${score}, target ${time}, ${result.virtualSeconds.toFixed(0)} virtual s, ${processorSeconds.toFixed(0)} s of processor, ${result.wallSeconds.toFixed(0)} s on the wall${why}`,
      );
    },
  };
}

function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'a time that cannot be foretold';
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
