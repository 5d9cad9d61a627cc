// Weight gradients, the transposed matrix product: rows of the multiply tile are weight rows (inputs), columns are
// filters or units, and the reduction runs over samples (dense) or over the pixels of one sample (convolution).

import type { Op } from '../../plan.ts';
import type { Expression } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { gradientSink } from './gradientTarget.ts';
import type { GradientSink } from './gradientTarget.ts';
import { columnTiles, forEachSample, imageOf, multiplyColumns } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { multiplyTile } from './multiplyTile.ts';

const ROWS = 4;

/** Most weight rows of a convolution that are cut into tiles with constant offsets instead of a loop. */
const STATIC_ROWS = 36;

/** How the reduction walks through x (a) and dy (b): see MultiplyTile. */
interface Reduction {
  readonly runs: number;
  readonly steps: number | Expression;
  readonly aStep: number;
  readonly bStep: number;
  readonly aGap: number;
  readonly bGap: number;
}

interface Pointers {
  readonly x: Local;
  readonly dy: Local;
  readonly weight: Local;
  readonly a: Local;
  readonly b: Local;
}

/** All columns of the weight rows whose inputs lie at `rowOffsets` from pointer x; pointer weight is at the first. */
function emitWeightRows(
  kernel: Kernel,
  pointers: Pointers,
  rowOffsets: readonly number[],
  numColumns: number,
  reduction: Reduction,
  sink: GradientSink,
): void {
  const { f, lanes } = kernel;
  for (const { first, columns, times, chunks } of columnTiles(numColumns, multiplyColumns(lanes), lanes)) {
    f.scope(() => {
      const dy = f.local('i32', pointers.dy);
      const weight = f.local('i32', pointers.weight);
      f.advance(dy, first * 4);
      f.advance(weight, first * 4);
      f.repeat(times, () => {
        f.scope(() => {
          f.set(pointers.a, pointers.x);
          f.set(pointers.b, dy);
          const sums = multiplyTile(kernel, {
            ...reduction,
            a: pointers.a,
            b: pointers.b,
            rowOffsets,
            chunks,
            initial: () => lanes.constant(0),
          });
          for (const [row, sumsOfRow] of sums.entries())
            for (const [c, chunk] of chunks.entries())
              sink.add(weight, (row * numColumns + chunk.first) * 4, sumsOfRow[c]!, chunk);
        });
        f.advance(dy, columns * 4);
        f.advance(weight, columns * 4);
      });
    });
  }
}

/** `numRows` weight rows whose inputs are neighbours, from pointer x on; both pointers move past them. */
function emitNeighbouringRows(
  kernel: Kernel,
  pointers: Pointers,
  numRows: number,
  numColumns: number,
  reduction: Reduction,
  sink: GradientSink,
): void {
  const { f } = kernel;
  for (const [rows, times] of [
    [ROWS, Math.floor(numRows / ROWS)],
    [numRows % ROWS, 1],
  ] as const) {
    if (rows === 0) continue;
    const rowOffsets = Array.from({ length: rows }, (_, row) => row * 4);
    f.repeat(times, () => {
      emitWeightRows(kernel, pointers, rowOffsets, numColumns, reduction, sink);
      f.advance(pointers.x, rows * 4);
      f.advance(pointers.weight, rows * numColumns * 4);
    });
  }
}

function createPointers({ f }: Kernel): Pointers {
  return {
    x: f.local('i32'),
    dy: f.local('i32'),
    weight: f.local('i32'),
    a: f.local('i32'),
    b: f.local('i32'),
  };
}

export function emitDenseWeightGrad(kernel: Kernel, op: Extract<Op, { kind: 'denseWeightGrad' }>): void {
  const { f } = kernel;
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const sink = gradientSink(kernel, op.target);
  const pointers = createPointers(kernel);
  f.set(pointers.x, x.first);
  f.set(pointers.dy, dy.first);
  f.set(pointers.weight, sink.address);
  const reduction: Reduction = {
    runs: 1,
    steps: kernel.count,
    aStep: x.sampleBytes,
    bStep: dy.sampleBytes,
    aGap: 0,
    bGap: 0,
  };
  emitNeighbouringRows(kernel, pointers, x.sampleBytes / 4, dy.sampleBytes / 4, reduction, sink);
}

export function emitConv2dWeightGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dWeightGrad' }>): void {
  const { f } = kernel;
  const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const { height, width } = dy.layout;
  const sink = gradientSink(kernel, op.target);
  const pointers = createPointers(kernel);
  const xSample = f.local('i32', kernel.tensor(op.x).offset);
  f.set(pointers.dy, dy.first);
  const aStep = stride * inputChannels * 4;
  const reduction: Reduction = {
    runs: height,
    steps: width,
    aStep,
    bStep: dy.pixelBytes,
    aGap: stride * x.bufferRowBytes - width * aStep,
    bGap: dy.rowBytes - width * dy.pixelBytes,
  };
  const rowsOfKernelRow = kernelWidth * inputChannels;
  const numRows = kernelHeight * rowsOfKernelRow;

  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [pointers.dy, dy.sampleBytes],
    ],
    () => {
      f.set(pointers.x, xSample);
      f.set(pointers.weight, sink.address);
      if (numRows <= STATIC_ROWS) {
        const offsets = Array.from(
          { length: numRows },
          (_, row) => Math.floor(row / rowsOfKernelRow) * x.bufferRowBytes + (row % rowsOfKernelRow) * 4,
        );
        for (const rowOffsets of balancedGroups(offsets, ROWS)) {
          emitWeightRows(kernel, pointers, rowOffsets, filters, reduction, sink);
          f.advance(pointers.weight, rowOffsets.length * filters * 4);
        }
        return;
      }
      f.repeat(kernelHeight, () => {
        emitNeighbouringRows(kernel, pointers, rowsOfKernelRow, filters, reduction, sink);
        f.advance(pointers.x, x.bufferRowBytes - rowsOfKernelRow * 4);
      });
    },
  );
}

/** Cuts a list into the fewest groups of at most `most`, sizes differing by at most one. */
function balancedGroups<T>(items: readonly T[], most: number): T[][] {
  const numGroups = Math.ceil(items.length / most);
  return Array.from({ length: numGroups }, (_, group) =>
    items.slice(
      Math.round((group * items.length) / numGroups),
      Math.round(((group + 1) * items.length) / numGroups),
    ),
  );
}
