// Convolution, forward, with bias, activation and optional 2 x 2 max-pool in the same pass.
// No im2col: the rows of the multiply tile are output pixels, which lie stride * channels elements apart in x.

import type { Conv2dOp } from './op.ts';
import { ofOutputs, type ConvGeometry } from './geometry.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import { i32 } from '../../wasm/code/instructions.ts';
import { emitActivationOf } from '../../wasm/kernels/activation.ts';
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
import { emitMatrixProduct } from '../../wasm/kernels/matrixProduct.ts';
import {
  advanceColumns,
  affineTile,
  createAffine,
  startColumns,
  type Affine,
} from '../../wasm/kernels/weight.ts';
import { emitWindowMaximum } from '../../wasm/kernels/windowMaximum.ts';

type Conv2d = Conv2dOp;

interface TilePointers {
  readonly affine: Affine;
  readonly a: Local;
  readonly b: Local;
}

/** Emits the accumulators of several output pixels; `xPixel` points at the first one's top left input. */
function emitPixels(
  kernel: Kernel,
  geometry: ConvGeometry,
  x: Image,
  pointers: TilePointers,
  xPixel: Local,
  rowOffsets: readonly number[],
  chunks: readonly Chunk[],
): Local[][] {
  const { f } = kernel;
  const { kernelHeight, kernelWidth, inputChannels, filters, groups } = geometry;
  const perGroup = inputChannels / groups;
  const rowGap = x.bufferRowBytes - kernelWidth * x.pixelBytes;
  // Without groups the pixels of a kernel row are one run.
  const walk =
    groups === 1
      ? { runs: kernelHeight, steps: kernelWidth * inputChannels, aGap: rowGap }
      : {
          runs: kernelWidth,
          steps: perGroup,
          aGap: (inputChannels - perGroup) * 4,
          outer: { runs: kernelHeight, aGap: rowGap },
        };
  f.set(pointers.a, xPixel);
  return affineTile(kernel, pointers.affine, filters, {
    ...walk,
    a: pointers.a,
    b: pointers.b,
    rowOffsets,
    chunks,
    aStep: 4,
  });
}

/** `x` and `y`: the images, where they are other than the op's tensors as they lie. */
export function emitConv2d(
  kernel: Kernel,
  op: Conv2d,
  x = imageOf(kernel, op.x),
  y = imageOf(kernel, op.y),
): void {
  const { activation, outputs } = op;
  const geometry = ofOutputs(op.geometry, outputs);
  const first = outputs?.[0] ?? 0;
  if (op.pool === null && isPointwise(geometry) && isContiguous(x) && isContiguous(y))
    return emitMatrixProduct(kernel, {
      x: x.at(0),
      weight: op.weight,
      bias: op.bias,
      y: y.at(first * 4),
      rows: i32.mul(kernel.count, y.layout.height * y.layout.width),
      capacity: y.capacity * y.layout.height * y.layout.width,
      inputs: geometry.inputChannels,
      columns: geometry.filters,
      firstColumn: first,
      yRowBytes: y.pixelBytes,
      activation,
    });
  return emitGroupedConv2d(kernel, op, x, y);
}

function emitGroupedConv2d(kernel: Kernel, op: Conv2d, x: Image, y: Image): void {
  const { f, lanes } = kernel;
  const { activation, outputs } = op;
  const geometry = ofOutputs(op.geometry, outputs);
  const firstOutput = outputs?.[0] ?? 0;
  const { inputChannels, filters, groups } = geometry;
  const poolActivation = activation === 'relu' || activation === 'relu6' ? activation : null;
  if (op.pool !== null && activation !== poolActivation)
    throw new Error(`internal: a fused pool does not go with ${activation}`);
  const pool = op.pool === null ? 1 : 2;
  const argmax = op.pool === null || op.pool.argmax === null ? null : kernel.tensor(op.pool.argmax);
  const { height, width, channels } = y.layout;
  /** From one tile row (pixel or pooled pixel) of x to the next. */
  const xPixelBytes = geometry.stride * x.pixelBytes;
  const xRowBytes = geometry.stride * x.bufferRowBytes;
  const argmaxSampleBytes = height * width * channels;

  const pointers: TilePointers = {
    affine: createAffine(kernel, op.weight, op.bias, firstOutput),
    a: f.local('i32'),
    b: f.local('i32'),
  };
  const xSample = f.local('i32', windowStart(x, geometry));
  const ySample = f.local('i32', y.at(firstOutput * 4));
  const argmaxSample = f.local('i32', (argmax?.offset ?? 0) + firstOutput);
  const xPixel = f.local('i32');
  const yPixel = f.local('i32');
  const argmaxPixel = f.local('i32');

  /** `pixels` neighbours of an output row; the three pixel pointers move on. */
  function emitRow(pixels: number, chunks: readonly Chunk[]): void {
    const rowOffsets = Array.from({ length: pixels }, (_, pixel) => pixel * xPixelBytes);
    const sums = emitPixels(kernel, geometry, x, pointers, xPixel, rowOffsets, chunks);
    for (const [pixel, sumsOfPixel] of sums.entries()) {
      emitActivationOf(kernel, activation, sumsOfPixel);
      for (const [c, chunk] of chunks.entries())
        f.emit(lanes.store(yPixel, pixel * y.pixelBytes + chunk.first * 4, sumsOfPixel[c]!, chunk.valid));
    }
    f.advance(xPixel, pixels * xPixelBytes);
    f.advance(yPixel, pixels * y.pixelBytes);
  }

  /** One window of the fused pool: its four pixels are the rows of the tile and never reach memory. */
  function emitWindow(chunks: readonly Chunk[]): void {
    const rowOffsets = [0, xPixelBytes, xRowBytes, xRowBytes + xPixelBytes];
    const sums = emitPixels(kernel, geometry, x, pointers, xPixel, rowOffsets, chunks);
    for (const [c, chunk] of chunks.entries()) {
      f.scope(() => {
        const { maximum, position } = emitWindowMaximum(kernel, {
          values: sums.map((sumsOfPixel) => sumsOfPixel[c]!),
          wantsPosition: argmax !== null,
          activation: poolActivation,
        });
        emitActivationOf(kernel, activation, [maximum]);
        f.emit(lanes.store(yPixel, chunk.first * 4, maximum, chunk.valid));
        if (position) f.emit(lanes.indexStore(argmaxPixel, chunk.first, position, chunk.valid));
      });
    }
    f.advance(xPixel, 2 * xPixelBytes);
    f.advance(yPixel, y.pixelBytes);
    if (argmax) f.advance(argmaxPixel, channels);
  }

  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [ySample, y.sampleBytes],
      [argmaxSample, argmaxSampleBytes],
    ],
    () => {
      const perGroup = filters / groups;
      for (const { first, columns, times, chunks } of columnTiles(perGroup, kernel.tile.columns, lanes)) {
        f.scope(() => {
          startColumns(kernel, pointers.affine, first);
          const xGroup = f.local('i32', xSample);
          const yColumn = f.local('i32', ySample);
          const argmaxColumn = f.local('i32', argmaxSample);
          f.advance(yColumn, first * 4);
          f.advance(argmaxColumn, first);
          const xRow = f.local('i32');
          const yRow = f.local('i32');
          const advance = (numColumns: number): void => {
            advanceColumns(kernel, pointers.affine, numColumns);
            f.advance(yColumn, numColumns * 4);
            f.advance(argmaxColumn, numColumns);
          };
          f.repeat(groups, () => {
            f.repeat(times, () => {
              f.set(xRow, xGroup);
              f.set(yRow, yColumn);
              f.set(argmaxPixel, argmaxColumn);
              f.repeat(height, () => {
                f.set(xPixel, xRow);
                f.set(yPixel, yRow);
                if (op.pool) {
                  f.repeat(width, () => f.scope(() => emitWindow(chunks)));
                } else {
                  const { rows } = kernel.tile;
                  f.repeat(Math.floor(width / rows), () => f.scope(() => emitRow(rows, chunks)));
                  if (width % rows > 0) f.scope(() => emitRow(width % rows, chunks));
                }
                f.advance(xRow, pool * xRowBytes);
                f.advance(yRow, y.rowBytes);
              });
              advance(columns);
            });
            advance(perGroup - times * columns);
            f.advance(xGroup, (inputChannels / groups) * 4);
          });
        });
      }
    },
  );
}
