// Dense layers, forward: y[count, units] = x[count, inputs] * weight[inputs, units] + bias, optionally relu.
// Rows of the multiply tile are samples.

import type { Op } from '../../plan.ts';
import { columnTiles, imageOf, multiplyColumns } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { multiplyTile } from './multiplyTile.ts';

export function emitDense(kernel: Kernel, op: Extract<Op, { kind: 'dense' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const inputs = x.sampleBytes / 4;
  const units = y.sampleBytes / 4;
  const zero = f.local(lanes.vector, lanes.constant(0));
  const weight = f.local('i32');
  const bias = f.local('i32');
  const yColumn = f.local('i32');
  const xRow = f.local('i32');
  const yRow = f.local('i32');
  const left = f.local('i32');
  const a = f.local('i32');
  const b = f.local('i32');

  for (const { first, columns, times, chunks } of columnTiles(units, multiplyColumns(lanes), lanes)) {
    f.set(weight, kernel.tensor(op.weight).offset + first * 4);
    f.set(bias, kernel.tensor(op.bias).offset + first * 4);
    f.set(yColumn, y.first + first * 4);
    f.repeat(times, () => {
      f.set(xRow, x.first);
      f.set(yRow, yColumn);
      f.set(left, kernel.count);
      for (const rows of [4, 2, 1].filter((size) => size <= x.capacity)) {
        f.whileAtLeast(left, rows, () => {
          f.scope(() => {
            f.set(a, xRow);
            f.set(b, weight);
            const sums = multiplyTile(kernel, {
              a,
              b,
              rowOffsets: Array.from({ length: rows }, (_, row) => row * x.sampleBytes),
              chunks,
              runs: 1,
              steps: inputs,
              aStep: 4,
              bStep: units * 4,
              aGap: 0,
              bGap: 0,
              initial: (_, chunk) => lanes.load(bias, chunk.first * 4, chunk.valid),
            });
            for (const [row, sumsOfRow] of sums.entries()) {
              for (const [c, chunk] of chunks.entries()) {
                const sum = sumsOfRow[c]!;
                if (op.relu) f.set(sum, lanes.max(sum, zero));
                f.emit(lanes.store(yRow, row * y.sampleBytes + chunk.first * 4, sum, chunk.valid));
              }
            }
          });
          f.advance(xRow, rows * x.sampleBytes);
          f.advance(yRow, rows * y.sampleBytes);
        });
      }
      f.advance(weight, columns * 4);
      f.advance(bias, columns * 4);
      f.advance(yColumn, columns * 4);
    });
  }
}
