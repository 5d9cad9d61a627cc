// The results folder of an experiment: report, tables and pictures of what there is so far.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './cells.ts';
import type { CellStore } from './cellStore.ts';
import { drawPictures } from './charts/drawPictures.ts';
import { printPicture } from './charts/printPicture.ts';
import { compareRows, rowsOf } from './compareRows.ts';
import type { ExperimentResult, RunExperimentOptions } from './experimentOptions.ts';
import { outcomesOf } from './outcomes.ts';
import { reportOf } from './report/report.ts';
import { rowsToCsv } from './report/rowsToCsv.ts';
import { columnsToCsv, columnsToParquet, devicesTable, tidyTable } from './report/tidyTable.ts';
import { knownOf, missingOf } from './runCells.ts';
import { summarise } from './summary.ts';
import type { Trial } from './tuning.ts';

export interface ResultParts {
  readonly options: RunExperimentOptions;
  readonly trials: readonly Trial[];
  readonly tuning: readonly Cell[];
  readonly cells: readonly Cell[];
  readonly store: CellStore;
  /** Then pictures are printed, too, which takes a moment. */
  readonly isLast: boolean;
}

export async function writeResults({
  options,
  trials,
  tuning,
  cells,
  store,
  isLast,
}: ResultParts): Promise<ExperimentResult> {
  const { experiment, world, isQuick, resultsFolder, command, anyVersion } = options;
  const known = knownOf(cells, store, anyVersion);
  const outcomes = outcomesOf(known);
  const rows = rowsOf(outcomes);
  const relative = compareRows(rows, experiment.against);
  const result = { rows, relative, isPartial: known.length < cells.length };
  mkdirSync(resultsFolder, { recursive: true });
  if (outcomes.length === 0) return result;
  const codeVersions = [...new Set(known.map(({ finished }) => finished.codeVersion))];
  const summaries = summarise(experiment, outcomes);
  const pictures = drawPictures(experiment, summaries);
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(resultsFolder, name), content);
  write(
    'README.md',
    reportOf({
      experiment,
      summaries,
      relative,
      trials,
      command,
      codeVersions,
      isQuick,
      numMissing: missingOf(cells, store, anyVersion).length,
      pictures,
    }),
  );
  write('rows.csv', rowsToCsv(rows));
  const evaluations = tidyTable(experiment, [...knownOf(tuning, store, anyVersion), ...known]);
  write('result.csv', columnsToCsv(evaluations));
  write('result.parquet', columnsToParquet(evaluations));
  const devices = devicesTable(experiment, known);
  if (devices.length > 0) write('devices.csv', columnsToCsv(devices));
  write('result.json', `${JSON.stringify({ rows, relative, trials }, null, 1)}\n`);
  write('config.json', `${JSON.stringify({ codeVersions, experiment, world }, null, 1)}\n`);
  for (const { file, svg } of pictures) {
    write(`${file}.svg`, svg);
    if (!isLast) continue;
    const { png, pdf } = await printPicture(svg);
    write(`${file}.png`, png);
    write(`${file}.pdf`, pdf);
  }
  return result;
}
