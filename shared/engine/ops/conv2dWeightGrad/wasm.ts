// Weight gradients of convolutions: the reduction runs over the pixels of one sample.

import type { Conv2dWeightGradOp } from './op.ts';
import type { ConvGeometry } from '../conv2d/geometry.ts';
import { lengthOf, type Range } from '../../range.ts';
import { i32 } from '../../wasm/code/instructions.ts';
import { gradientSink, type GradientSink } from '../../wasm/kernels/gradientTarget.ts';
import {
  columnTiles,
  forEachSample,
  imageOf,
  isContiguous,
  isPointwise,
  windowStart,
  type Chunk,
  type Image,
  type Kernel,
} from '../../wasm/kernels/kernel.ts';
import { forEachRowBlock } from '../../wasm/kernels/rowBlocks.ts';
import {
  createPointers,
  emitWeightTile,
  forEachRowTile,
  type Walk,
  type TileRow,
} from '../../wasm/kernels/weightTile.ts';

/** Most weight rows of a convolution that are cut into tiles with constant offsets instead of a loop. */
const STATIC_ROWS = 36;

/**
 * The part of x and dy that the tiles of a convolution sweep again and again: they must share an L1 cache of 32 KiB.
 * Measured on the small CNN's second convolution: 46 GFLOP/s with the whole sample (42 KiB), 54 with half of it.
 */
const BLOCK_BYTES = 24 * 1024;

/** Fewer pixels than this are not worth reading and writing a tile of weights. */
const MIN_BLOCK_PIXELS = 64;

/** A block of image rows at a time, columns outside and weight rows inside. */
export function emitConv2dWeightGrad(kernel: Kernel, op: Conv2dWeightGradOp): void {
  const { geometry, target } = op;
  const { f, lanes } = kernel;
  const { kernelHeight, kernelWidth, stride, inputChannels, filters, groups } = geometry;
  const [inputsPerGroup, filtersPerGroup] = [inputChannels / groups, filters / groups];
  const x = imageOf(kernel, op.x);
  const dy = imageOf(kernel, op.dy);
  const { height, width } = dy.layout;
  const sink = gradientSink(kernel, target, inputsPerGroup, filters);
  const pointers = createPointers(kernel);
  const aStep = stride * x.pixelBytes;
  const numInputs = lengthOf(target.inputs);
  // With all inputs of all channels the weight rows of a kernel row are one run.
  const segments =
    numInputs === inputChannels
      ? { rows: kernelHeight, columns: 1, length: kernelWidth * numInputs }
      : { rows: kernelHeight, columns: kernelWidth, length: numInputs };
  /** From the last weight row of a position that the target takes to the first of the next. */
  const skippedBytes = sink.positionBytes - numInputs * sink.rowBytes;
  const staticRows = rowsOfTarget(geometry, numInputs, x, sink);

  /** All weight rows of one tile of columns. */
  function emitColumns(chunks: readonly Chunk[], reduction: Walk): void {
    const emitTile = (rows: readonly TileRow[]): void =>
      emitWeightTile(kernel, pointers, rows, chunks, reduction, sink);
    if (staticRows.length <= STATIC_ROWS) {
      for (const rows of balancedGroups(staticRows, kernel.tile.rows)) emitTile(rows);
      return;
    }
    f.repeat(segments.rows, () => {
      f.repeat(segments.columns, () => {
        forEachRowTile(kernel, pointers, segments.length, sink.rowBytes, emitTile);
        f.advance(pointers.x, segments.columns === 1 ? 0 : x.pixelBytes - segments.length * 4);
        f.advance(pointers.weight, skippedBytes);
      });
      const walked = segments.columns === 1 ? segments.length * 4 : kernelWidth * x.pixelBytes;
      f.advance(pointers.x, x.bufferRowBytes - walked);
    });
  }

  const xSample = f.local('i32', windowStart(x, geometry, target.inputs[0] * 4));
  const dySample = f.local('i32', dy.at(0));
  const [xBlock, dyBlock, xGroup, weightColumn] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];

  function emitBlock(reduction: Walk): void {
    f.set(weightColumn, sink.address);
    for (const segment of groupSegments(target.outputs, filtersPerGroup)) {
      f.set(pointers.dy, dyBlock);
      f.advance(pointers.dy, segment.first * 4);
      f.set(xGroup, xBlock);
      f.advance(xGroup, Math.floor(segment.first / filtersPerGroup) * inputsPerGroup * 4);
      f.repeat(segment.groups, () => {
        for (const { columns, times, chunks } of columnTiles(segment.columns, kernel.tile.columns, lanes))
          f.repeat(times, () => {
            f.set(pointers.x, xGroup);
            f.set(pointers.weight, weightColumn);
            emitColumns(chunks, reduction);
            f.advance(pointers.dy, columns * 4);
            f.advance(weightColumn, columns * 4);
          });
        f.advance(xGroup, inputsPerGroup * 4);
      });
    }
  }

  if (isPointwise(geometry) && isContiguous(x) && isContiguous(dy)) {
    // The pixels of all samples are the rows of one product.
    const [pixels, rowBytes] = [height * width, x.pixelBytes + dy.pixelBytes];
    const capacity = dy.capacity * pixels;
    const blockPixels = rowsPerBlock(capacity, 1, rowBytes);
    f.set(xBlock, xSample);
    f.set(dyBlock, dySample);
    forEachRowBlock(kernel, i32.mul(kernel.count, pixels), capacity, blockPixels, (steps) => {
      emitBlock({ runs: 1, steps, aStep, bStep: dy.pixelBytes, aGap: 0, bGap: 0 });
      f.advance(xBlock, blockPixels * x.pixelBytes);
      f.advance(dyBlock, blockPixels * dy.pixelBytes);
    });
    return;
  }

  function emitRows(imageRows: number): void {
    emitBlock({
      runs: imageRows,
      steps: width,
      aStep,
      bStep: dy.pixelBytes,
      aGap: stride * x.bufferRowBytes - width * aStep,
      bGap: dy.rowBytes - width * dy.pixelBytes,
    });
    f.advance(xBlock, imageRows * stride * x.bufferRowBytes);
    f.advance(dyBlock, imageRows * dy.rowBytes);
  }
  const blockRows = rowsPerBlock(height, width, stride * x.bufferRowBytes + dy.rowBytes);
  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [dySample, dy.sampleBytes],
    ],
    () => {
      f.set(xBlock, xSample);
      f.set(dyBlock, dySample);
      f.repeat(Math.floor(height / blockRows), () => emitRows(blockRows));
      if (height % blockRows > 0) emitRows(height % blockRows);
    },
  );
}

/** Every weight row that the target takes, in bytes from its first one. */
function rowsOfTarget(
  { kernelHeight, kernelWidth }: ConvGeometry,
  numInputs: number,
  x: Image,
  sink: GradientSink,
): TileRow[] {
  return Array.from({ length: kernelHeight * kernelWidth * numInputs }, (_, index) => {
    const [position, input] = [Math.floor(index / numInputs), index % numInputs];
    const [row, column] = [Math.floor(position / kernelWidth), position % kernelWidth];
    return {
      x: row * x.bufferRowBytes + column * x.pixelBytes + input * 4,
      weight: position * sink.positionBytes + input * sink.rowBytes,
    };
  });
}

/** A range of filters, cut where it enters or leaves a group: `groups` groups side by side, `columns` filters of each. */
function groupSegments([from, to]: Range, perGroup: number) {
  const segments: { readonly first: number; readonly columns: number; readonly groups: number }[] = [];
  for (let first = from; first < to;) {
    const isWhole = first % perGroup === 0 && to - first >= perGroup;
    const groups = isWhole ? Math.floor((to - first) / perGroup) : 1;
    const columns = isWhole ? perGroup : Math.min(to - first, perGroup - (first % perGroup));
    segments.push({ first, columns, groups });
    first += groups * columns;
  }
  return segments;
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
