// A simulated experiment from its file to its results folder. Knows nothing of the command line.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskOpener } from '../data/openTask.ts';
import { createComputePool } from '../simulate/pool/computePool.ts';
import { formatProgressScore } from '../commands/printSimulation.ts';
import type { SimulationProgress } from '../../shared/simulate/runSimulation.ts';
import type { World } from '../../shared/simulate/world.ts';
import { cellsOf, notesOf, type Cell } from './cells.ts';
import { openCellStore } from './cellStore.ts';
import { compareRows, rowsOf, type ExperimentRow, type RelativeRow } from './compareRows.ts';
import { drawCharts } from './drawCharts.ts';
import type { Experiment } from './experimentFile.ts';
import { projectSeconds, runCells } from './runCells.ts';
import { summarise } from './summary.ts';
import { curvesToCsv, markdownOf, rowsToCsv, scoreText } from './writeTable.ts';

export interface RunExperimentOptions {
  readonly experiment: Experiment;
  readonly world: World;
  readonly isQuick: boolean;
  /** See `codeVersionOf`. */
  readonly codeVersion: string;
  /** Where finished cells are kept. */
  readonly cacheFolder: string;
  readonly resultsFolder: string;
  /** What was typed, for the record. */
  readonly command: string;
  readonly dataDir: string;
  /** Opens the tasks; files are relative to the experiment's. */
  readonly open: TaskOpener;
  readonly threads?: number;
  /** Takes finished cells of other versions of the code as well. */
  readonly anyVersion: boolean;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly onProgress: (text: string) => void;
}

export interface ExperimentResult {
  readonly rows: readonly ExperimentRow[];
  readonly relative: readonly RelativeRow[];
  /** Some cells are missing. */
  readonly isPartial: boolean;
}

/** Throws TypeError or RangeError naming the field of a configuration that cannot work, before any work. */
export async function runExperiment(options: RunExperimentOptions): Promise<ExperimentResult> {
  const { experiment, codeVersion, log, signal, anyVersion } = options;
  const cells = await cellsOf(experiment, options.world, codeVersion, options.open);
  for (const note of notesOf(cells)) log(note);
  const store = openCellStore(options.cacheFolder);
  const missing = cells.filter((cell) => !store.find(cell, anyVersion));
  const pool = createComputePool(options.threads);
  try {
    const seconds = projectSeconds(missing, pool.threads);
    log(
      `${cells.length} cells, ${cells.length - missing.length} of them known; projected for the others: ${durationText(seconds)} on ${pool.threads} quiet cores`,
    );
    const startedMs = performance.now();
    let numDone = 0;
    const finished = await runCells(cells, {
      pool,
      store,
      dataDir: options.dataDir,
      open: options.open,
      signal,
      anyVersion,
      codeVersion,
      onProgress: (cell, progress) =>
        options.onProgress(progressText(cell, progress, numDone, missing.length, startedMs)),
      onFinished: ({ config, seed }, { result, processorSeconds }) => {
        numDone++;
        const time = result.timeToTarget === null ? 'missed' : `${result.timeToTarget} s`;
        const why = result.cause === null ? '' : `; ${result.stoppedBy}: ${result.cause}`;
        log(
          `${config}, seed ${seed}: test ${scoreText(cells[0]!.task.metric, result.finalScore)}, target ${time}, ${result.virtualSeconds.toFixed(0)} virtual s, ${processorSeconds.toFixed(0)} s of processor, ${result.wallSeconds.toFixed(0)} s on the wall${why}`,
        );
        writeResults(options, cells, [...finishedSoFar(cells, store, anyVersion)]);
      },
    });
    return writeResults(options, cells, finished);
  } finally {
    await pool.close();
  }
}

function finishedSoFar(cells: readonly Cell[], store: ReturnType<typeof openCellStore>, anyVersion: boolean) {
  return cells.flatMap((cell) => {
    const found = store.find(cell, anyVersion);
    return found ? [{ ...found, config: cell.config }] : [];
  });
}

/** After each cell, so that whoever interrupts keeps what there is. */
function writeResults(
  { experiment, world, isQuick, resultsFolder, command }: RunExperimentOptions,
  cells: readonly Cell[],
  finished: ReturnType<typeof finishedSoFar>,
): ExperimentResult {
  const rows = rowsOf(cells, finished);
  const relative = compareRows(rows, experiment.against);
  const result = { rows, relative, isPartial: finished.length < cells.length };
  if (finished.length === 0) return result;
  const codeVersions = [...new Set(finished.map(({ codeVersion }) => codeVersion))];
  const summaries = summarise(experiment, cells, finished);
  const { target } = summaries[0]!.results[0]!;
  const { task } = cells[0]!;
  const charts = drawCharts(summaries, { metric: task.metric, target });
  mkdirSync(resultsFolder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(resultsFolder, name), text);
  write(
    'README.md',
    markdownOf({
      experiment,
      summaries,
      relative,
      model: task.model.id,
      metric: task.metric,
      target,
      command,
      codeVersions,
      isQuick,
    }),
  );
  write('rows.csv', rowsToCsv(rows));
  write('curves.csv', curvesToCsv(summaries));
  write('result.json', `${JSON.stringify({ rows, relative }, null, 1)}\n`);
  write('config.json', `${JSON.stringify({ codeVersions, experiment, world }, null, 1)}\n`);
  for (const [name, svg] of Object.entries(charts)) write(`${name}.svg`, svg);
  return result;
}

function progressText(
  { config, seed, input }: Cell,
  { updates, versions, virtualSeconds, score }: SimulationProgress,
  numDone: number,
  numMissing: number,
  startedMs: number,
): string {
  const share = Math.min(1, updates / (input.stop.updates ?? Infinity));
  const elapsed = (performance.now() - startedMs) / 1000;
  const left = elapsed * (numMissing / (numDone + share) - 1);
  return `cell ${numDone + 1}/${numMissing} · ${config}, seed ${seed} · ${updates}/${input.stop.updates ?? '?'} updates · version ${versions} · ${virtualSeconds.toFixed(0)} virtual s · score ${formatProgressScore(score)} · about ${durationText(left)} left`;
}

function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'a time that cannot be foretold';
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
