// dy times transposed weights over rows without a gap, for dense layers and pointwise convolutions.

import type { Expression, Operand } from '../code/instructions.ts';
import { dotShape, emitDotTile, storeSums, type TapWalk } from './dotTile.ts';
import { columnTiles, rowTiles, type Kernel } from './kernel.ts';
import { forEachRowBlock } from './rowBlocks.ts';
import type { Weight } from './weight.ts';

/** dy of a block of rows is read once for each tile of inputs: it should stay in the second cache. */
const BLOCK_BYTES = 256 * 1024;

const ONE_TAP: TapWalk = {
  rows: 1,
  columns: 1,
  dyRowBytes: 0,
  dyColumnBytes: 0,
  weightRowBytes: 0,
  weightColumnBytes: 0,
};

/** dx[rows, inputs] = dy[rows, outputs] * transposed weight[inputs, outputs], or added to dx. */
interface MatrixInputGrad {
  readonly dy: Operand;
  readonly weight: Weight;
  readonly dx: Operand;
  /** i32, at least 1. */
  readonly rows: Expression;
  /** Most rows that there can be. */
  readonly capacity: number;
  readonly inputs: number;
  readonly outputs: number;
  /** From one row of dy to the next. */
  readonly dyRowBytes: number;
  readonly accumulate: boolean;
}

export function emitMatrixInputGrad(kernel: Kernel, product: MatrixInputGrad): void {
  const { f, lanes } = kernel;
  const { inputs, outputs, capacity, weight } = product;
  const tileShape = dotShape(kernel, weight);
  const dyBytes = product.dyRowBytes;
  const [dxBytes, weightRowBytes] = [inputs * 4, outputs * weight.elementBytes];
  const dyBlock = f.local('i32', product.dy);
  const dxBlock = f.local('i32', product.dx);
  const [weightColumn, dxColumn, dyRow, dxRow, left, a, b] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const blockRows = Math.max(4, Math.floor(BLOCK_BYTES / dyBytes / 4) * 4);
  forEachRowBlock(kernel, product.rows, capacity, blockRows, (rowsOfBlock) => {
    f.set(weightColumn, weight.address);
    f.set(dxColumn, dxBlock);
    for (const { columns, times } of columnTiles(inputs, tileShape.inputs, lanes))
      f.repeat(times, () => {
        f.set(dyRow, dyBlock);
        f.set(dxRow, dxColumn);
        f.set(left, rowsOfBlock);
        for (const rows of rowTiles(tileShape.rows, capacity)) {
          f.whileAtLeast(left, rows, () => {
            f.scope(() => {
              f.set(a, dyRow);
              f.set(b, weightColumn);
              const sums = emitDotTile(kernel, {
                dy: a,
                weight,
                weightRow: b,
                rowOffsets: Array.from({ length: rows }, (_, row) => row * dyBytes),
                numInputs: columns,
                weightRowBytes,
                numOutputs: outputs,
                taps: ONE_TAP,
              });
              storeSums(kernel, dxRow, dxBytes, sums, product.accumulate);
            });
            f.advance(dyRow, rows * dyBytes);
            f.advance(dxRow, rows * dxBytes);
          });
        }
        f.advance(weightColumn, columns * weightRowBytes);
        f.advance(dxColumn, columns * 4);
      });
    f.set(dyBlock, dyRow);
    f.advance(dxBlock, blockRows * dxBytes);
  });
}
