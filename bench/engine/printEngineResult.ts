// The engine benchmark as a table for people.

import type { EngineResult, EngineRow } from './engineResult.ts';

const HEADER = [
  'model',
  'batch',
  'engine',
  'backend',
  'ms/step',
  'GFLOP/s',
  'of peak',
  'peak memory',
  'slower by',
];

/** One line a row, each compared with the fastest row of its model; then what Minnow gains on TensorFlow.js. */
export function printEngineResult({ machine, peakGflops, rows }: EngineResult): string {
  const cells = rows.map((row) => [
    row.model,
    String(row.batch),
    row.engine,
    row.backend,
    row.msPerStep.toFixed(3),
    row.gflops.toFixed(2),
    `${((100 * row.gflops) / peakGflops).toFixed(1)} %`,
    `${(row.peakBytes / 1024).toFixed(0)} KiB`,
    `${(row.msPerStep / fastest(rows, row.model).msPerStep).toFixed(1)}x`,
  ]);
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]!.length)),
  );
  const table = [HEADER, ...cells].map((line) =>
    line
      .map((cell, column) => (column < 4 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.browser}, ${machine.date}`,
    `peak of one core: ${peakGflops.toFixed(1)} GFLOP/s`,
    '',
    ...table,
    '',
    ...[...new Set(rows.map(({ model }) => model))].flatMap((model) => gains(rows, model)),
  ].join('\n');
}

function fastest(rows: readonly EngineRow[], model: string, engine?: EngineRow['engine']): EngineRow {
  return rows
    .filter((row) => row.model === model && (engine === undefined || row.engine === engine))
    .reduce((best, row) => (row.msPerStep < best.msPerStep ? row : best));
}

function gains(rows: readonly EngineRow[], model: string): string[] {
  const ours = fastest(rows, model, 'minnow');
  return rows
    .filter((row) => row.model === model && row.engine === 'tfjs')
    .map(
      (row) =>
        `${model}: Minnow ${ours.backend} is ${(row.msPerStep / ours.msPerStep).toFixed(1)}x faster than TensorFlow.js ${row.backend} and needs 1/${(row.peakBytes / ours.peakBytes).toFixed(1)} of its memory`,
    );
}
