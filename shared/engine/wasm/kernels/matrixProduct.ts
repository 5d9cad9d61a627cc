// y[rows, columns] = activation(x[rows, inputs] * weight[inputs, columns] + bias): dense layers, whose rows are samples,
// and 1 x 1 convolutions over compact images, whose rows are the pixels of all samples. Rows of the multiply tile are rows.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import type { Expression, Operand } from '../code/instructions.ts';
import { emitActivationOf } from './activation.ts';
import { columnTiles, rowTiles } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { forEachRowBlock } from './rowBlocks.ts';
import { advanceColumns, affineTile, createAffine, startColumns } from './weight.ts';

/** x of a block of rows is read once for each tile of columns: it should stay in the second cache. */
const BLOCK_BYTES = 256 * 1024;

export interface MatrixProduct {
  /** Address of the first element, as y. */
  readonly x: Operand;
  /** Tensor ids. */
  readonly weight: number;
  readonly bias: number;
  readonly y: Operand;
  /** i32, at least 1. */
  readonly rows: Expression;
  /** Most rows that there can be. */
  readonly capacity: number;
  readonly inputs: number;
  readonly columns: number;
  /** The bias that goes with the first of them. */
  readonly firstColumn: number;
  /** From one row of y to the next. */
  readonly yRowBytes: number;
  readonly activation: ActivationFunction | null;
}

export function emitMatrixProduct(kernel: Kernel, product: MatrixProduct): void {
  const { f, lanes } = kernel;
  const { inputs, columns: numColumns } = product;
  const [xBytes, yBytes] = [inputs * 4, product.yRowBytes];
  const xBlock = f.local('i32', product.x);
  const yBlock = f.local('i32', product.y);
  const affine = createAffine(kernel, product.weight, product.bias, product.firstColumn);
  const [yColumn, xRow, yRow, left, a, b] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const tileRows = kernel.tile.rows;
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / xBytes / tileRows)) * tileRows;
  forEachRowBlock(kernel, product.rows, product.capacity, blockRows, (rowsOfBlock) => {
    startColumns(kernel, affine, 0);
    f.set(yColumn, yBlock);
    for (const { columns, times, chunks } of columnTiles(numColumns, kernel.tile.columns, lanes))
      f.repeat(times, () => {
        f.set(xRow, xBlock);
        f.set(yRow, yColumn);
        f.set(left, rowsOfBlock);
        for (const rows of rowTiles(kernel.tile.rows, product.capacity)) {
          f.whileAtLeast(left, rows, () => {
            f.scope(() => {
              f.set(a, xRow);
              const sums = affineTile(kernel, affine, numColumns, {
                a,
                b,
                rowOffsets: Array.from({ length: rows }, (_, row) => row * xBytes),
                chunks,
                runs: 1,
                steps: inputs,
                aStep: 4,
                aGap: 0,
              });
              for (const [row, sumsOfRow] of sums.entries()) {
                emitActivationOf(kernel, product.activation, sumsOfRow);
                for (const [c, chunk] of chunks.entries())
                  f.emit(lanes.store(yRow, row * yBytes + chunk.first * 4, sumsOfRow[c]!, chunk.valid));
              }
            });
            f.advance(xRow, rows * xBytes);
            f.advance(yRow, rows * yBytes);
          });
        }
        advanceColumns(kernel, affine, columns);
        f.advance(yColumn, columns * 4);
      });
    f.set(xBlock, xRow);
    f.advance(yBlock, blockRows * yBytes);
  });
}
