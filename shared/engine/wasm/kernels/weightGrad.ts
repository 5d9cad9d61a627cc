// Weight gradients, the transposed matrix product: rows of the multiply tile are weight rows (inputs), columns are
// filters or units, and the reduction runs over samples (dense) or over the pixels of one sample (convolution).

import type { Op } from '../../plan.ts';
import type { Expression } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { gradientSink } from './gradientTarget.ts';
import type { GradientSink } from './gradientTarget.ts';
import { columnTiles, forEachSample, imageOf, multiplyColumns } from './kernel.ts';
import type { Chunk, Kernel } from './kernel.ts';
import { multiplyTile } from './multiplyTile.ts';

const ROWS = 4;

/** Most weight rows of a convolution that are cut into tiles with constant offsets instead of a loop. */
const STATIC_ROWS = 36;

/**
 * The part of x and dy that the tiles of a convolution sweep again and again: they must share an L1 cache of 32 KiB.
 * Measured on the small CNN's second convolution: 46 GFLOP/s with the whole sample (42 KiB), 54 with half of it.
 */
const BLOCK_BYTES = 24 * 1024;
/** Fewer pixels than this are not worth reading and writing a tile of weights. */
const MIN_BLOCK_PIXELS = 64;

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
  /** At the input of the tile's first weight row, for the reduction's first step. */
  readonly x: Local;
  /** At the tile's first column, for the reduction's first step. */
  readonly dy: Local;
  /** At the tile's first row and column. */
  readonly weight: Local;
  readonly a: Local;
  readonly b: Local;
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

/** One tile: the weight rows whose inputs lie at `rowOffsets` from pointer x. No pointer moves. */
function emitWeightTile(
  kernel: Kernel,
  { x, dy, weight, a, b }: Pointers,
  rowOffsets: readonly number[],
  chunks: readonly Chunk[],
  numColumns: number,
  reduction: Reduction,
  sink: GradientSink,
): void {
  const { f, lanes } = kernel;
  f.scope(() => {
    f.set(a, x);
    f.set(b, dy);
    const sums = multiplyTile(kernel, {
      ...reduction,
      a,
      b,
      rowOffsets,
      chunks,
      initial: () => lanes.constant(0),
    });
    for (const [row, sumsOfRow] of sums.entries())
      for (const [c, chunk] of chunks.entries())
        sink.add(weight, (row * numColumns + chunk.first) * 4, sumsOfRow[c]!, chunk);
  });
}

/** Calls `body` for all of `numRows` weight rows whose inputs are neighbours, a tile's worth at a time; x and weight move on. */
function forEachRowTile(
  { f }: Kernel,
  { x, weight }: Pointers,
  numRows: number,
  numColumns: number,
  body: (rowOffsets: readonly number[]) => void,
): void {
  for (const [rows, times] of [
    [ROWS, Math.floor(numRows / ROWS)],
    [numRows % ROWS, 1],
  ] as const) {
    if (rows === 0) continue;
    const rowOffsets = Array.from({ length: rows }, (_, row) => row * 4);
    f.repeat(times, () => {
      body(rowOffsets);
      f.advance(x, rows * 4);
      f.advance(weight, rows * numColumns * 4);
    });
  }
}

/** Rows outside, columns inside: dy of the whole micro-batch stays in the nearest cache. */
export function emitDenseWeightGrad(kernel: Kernel, op: Extract<Op, { kind: 'denseWeightGrad' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const [inputs, units] = [x.sampleBytes / 4, dy.sampleBytes / 4];
  const sink = gradientSink(kernel, op.target);
  const pointers = createPointers(kernel);
  const reduction: Reduction = {
    runs: 1,
    steps: kernel.count,
    aStep: x.sampleBytes,
    bStep: dy.sampleBytes,
    aGap: 0,
    bGap: 0,
  };
  const weightRow = f.local('i32', sink.address);
  f.set(pointers.x, x.first);
  forEachRowTile(kernel, { ...pointers, weight: weightRow }, inputs, units, (rowOffsets) => {
    f.set(pointers.dy, dy.first);
    f.set(pointers.weight, weightRow);
    for (const { columns, times, chunks } of columnTiles(units, multiplyColumns(lanes), lanes))
      f.repeat(times, () => {
        emitWeightTile(kernel, pointers, rowOffsets, chunks, units, reduction, sink);
        f.advance(pointers.dy, columns * 4);
        f.advance(pointers.weight, columns * 4);
      });
  });
}

/** A block of image rows at a time, columns outside and weight rows inside. */
export function emitConv2dWeightGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dWeightGrad' }>): void {
  const { f, lanes } = kernel;
  const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const { height, width } = dy.layout;
  const sink = gradientSink(kernel, op.target);
  const pointers = createPointers(kernel);
  const aStep = stride * inputChannels * 4;
  const reduction = (blockRows: number): Reduction => ({
    runs: blockRows,
    steps: width,
    aStep,
    bStep: dy.pixelBytes,
    aGap: stride * x.bufferRowBytes - width * aStep,
    bGap: dy.rowBytes - width * dy.pixelBytes,
  });
  const blockRows = rowsPerBlock(height, width, stride * x.bufferRowBytes + dy.rowBytes);
  const rowsOfKernelRow = kernelWidth * inputChannels;
  const numRows = kernelHeight * rowsOfKernelRow;

  /** All weight rows of one tile of columns, reduced over `imageRows` rows of the image. */
  function emitColumns(chunks: readonly Chunk[], imageRows: number): void {
    const emitTile = (rowOffsets: readonly number[]): void =>
      emitWeightTile(kernel, pointers, rowOffsets, chunks, filters, reduction(imageRows), sink);
    if (numRows <= STATIC_ROWS) {
      const offsets = Array.from(
        { length: numRows },
        (_, row) => Math.floor(row / rowsOfKernelRow) * x.bufferRowBytes + (row % rowsOfKernelRow) * 4,
      );
      for (const rowOffsets of balancedGroups(offsets, ROWS)) {
        emitTile(rowOffsets);
        f.advance(pointers.weight, rowOffsets.length * filters * 4);
      }
      return;
    }
    f.repeat(kernelHeight, () => {
      forEachRowTile(kernel, pointers, rowsOfKernelRow, filters, emitTile);
      f.advance(pointers.x, x.bufferRowBytes - rowsOfKernelRow * 4);
    });
  }

  const xSample = f.local('i32', kernel.tensor(op.x).offset);
  const dySample = f.local('i32', dy.first);
  const [xBlock, dyBlock, weightColumn] = [f.local('i32'), f.local('i32'), f.local('i32')];

  function emitBlock(imageRows: number): void {
    f.set(pointers.dy, dyBlock);
    f.set(weightColumn, sink.address);
    for (const { columns, times, chunks } of columnTiles(filters, multiplyColumns(lanes), lanes))
      f.repeat(times, () => {
        f.set(pointers.x, xBlock);
        f.set(pointers.weight, weightColumn);
        emitColumns(chunks, imageRows);
        f.advance(pointers.dy, columns * 4);
        f.advance(weightColumn, columns * 4);
      });
    f.advance(xBlock, imageRows * stride * x.bufferRowBytes);
    f.advance(dyBlock, imageRows * dy.rowBytes);
  }

  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [dySample, dy.sampleBytes],
    ],
    () => {
      f.set(xBlock, xSample);
      f.set(dyBlock, dySample);
      f.repeat(Math.floor(height / blockRows), () => emitBlock(blockRows));
      if (height % blockRows > 0) emitBlock(height % blockRows);
    },
  );
}

/** Image rows to reduce over at a time: blocks of about equal height within the bounds above. */
function rowsPerBlock(height: number, width: number, rowBytes: number): number {
  const fitting = Math.max(Math.floor(BLOCK_BYTES / rowBytes), Math.ceil(MIN_BLOCK_PIXELS / width));
  return Math.ceil(height / Math.ceil(height / fitting));
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
