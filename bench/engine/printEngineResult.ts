// The engine benchmark as a table for people.

import type { EngineResult, EngineRow, OpRow } from './engineResult.ts';

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
export function printEngineResult({ machine, peakGflops, rows, ops = [] }: EngineResult): string {
  const cells = rows.map((row) => [
    row.model,
    String(row.batch),
    row.engine,
    row.backend,
    row.msPerStep.toFixed(3),
    row.gflops.toFixed(2),
    shareOf(row.gflops, peakGflops, 1),
    row.peakBytes === null ? 'unknown' : `${(row.peakBytes / 1024).toFixed(0)} KiB`,
    `${(row.msPerStep / fastest(rows, row.model).msPerStep).toFixed(1)}x`,
  ]);
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.browser}, ${machine.date}`,
    ...(machine.adapter === undefined ? [] : [`adapter: ${machine.adapter}`]),
    ...(peakGflops === null ? [] : [`peak of one core: ${peakGflops.toFixed(1)} GFLOP/s`]),
    '',
    ...tableOf([HEADER, ...cells], 4),
    '',
    ...[...new Set(rows.map(({ model }) => model))].flatMap((model) => gains(rows, model)),
    ...(ops.length > 0 ? ['', ...opTable(ops, peakGflops)] : []),
  ].join('\n');
}

function shareOf(gflops: number, peakGflops: number | null, digits: number): string {
  return peakGflops === null ? '' : `${((100 * gflops) / peakGflops).toFixed(digits)} %`;
}

/** Lines of columns of equal width, the first `numLeft` of them flush left. */
function tableOf(lines: readonly (readonly string[])[], numLeft: number): string[] {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column < numLeft ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  '),
  );
}

/** Every op by itself, in the order in which a step runs them. */
function opTable(ops: readonly OpRow[], peakGflops: number | null): string[] {
  const lines = ops.map(({ model, op, shape, ms, gflops }) => [
    model,
    op,
    shape,
    ms.toFixed(3),
    gflops.toFixed(1),
    shareOf(gflops, peakGflops, 0),
  ]);
  return tableOf([['model', 'op', 'shape', 'ms', 'GFLOP/s', 'of peak'], ...lines], 3);
}

function fastest(rows: readonly EngineRow[], model: string, engine?: EngineRow['engine']): EngineRow {
  return rows
    .filter((row) => row.model === model && (engine === undefined || row.engine === engine))
    .reduce((best, row) => (row.msPerStep < best.msPerStep ? row : best));
}

function gains(rows: readonly EngineRow[], model: string): string[] {
  const ours = fastest(rows, model, 'minnow');
  return rows
    .filter((row) => row.model === model && row.engine !== 'minnow')
    .map((row) => {
      const faster = `${(row.msPerStep / ours.msPerStep).toFixed(1)}x faster than ${row.engine} ${row.backend}`;
      const smaller =
        row.peakBytes === null || ours.peakBytes === null
          ? ''
          : ` and needs 1/${(row.peakBytes / ours.peakBytes).toFixed(1)} of its memory`;
      return `${model}: Minnow ${ours.backend} is ${faster}${smaller}`;
    });
}
