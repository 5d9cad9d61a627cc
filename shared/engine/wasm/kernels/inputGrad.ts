// Input gradients. Weights lie [.., inputs, outputs], so both operands are contiguous along the reduction over outputs:
// the tile keeps vectors of partial sums and adds up their lanes at the end; no transposed copy of the weights.

import type { ConvGeometry, Op } from '../../plan.ts';
import { f32x4, i32, v128 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { columnTiles, forEachSample, imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

const PIXELS = 2;
const INPUTS = 4;

/**
 * sums[pixel][input] = sum over taps and outputs of dy[pixel, tap, output] * weight[last tap - tap, input, output].
 * The plain version is the correlation of dy with the kernel turned by 180 degrees.
 */
interface DotTile {
  /** At the first pixel's top left tap. Moved. */
  readonly dy: Local;
  /** At the last tap's first input. Moved. */
  readonly weight: Local;
  readonly pixelOffsets: readonly number[];
  readonly numInputs: number;
  readonly geometry: ConvGeometry;
  readonly dyRowBytes: number;
}

function emitDotTile({ f, lanes }: Kernel, tile: DotTile): Local[][] {
  const { dy, weight, pixelOffsets, numInputs, geometry } = tile;
  const { kernelHeight, kernelWidth, inputChannels, filters } = geometry;
  const sums = pixelOffsets.map(() =>
    Array.from({ length: numInputs }, () => f.local(lanes.vector, lanes.constant(0))),
  );
  function step(valid: number): void {
    f.scope(() => {
      const gradients = pixelOffsets.map((offset) => f.local(lanes.vector, lanes.load(dy, offset, valid)));
      for (let input = 0; input < numInputs; input++) {
        const row = f.local(lanes.vector, lanes.load(weight, input * filters * 4, valid));
        for (const [pixel, gradient] of gradients.entries())
          f.set(sums[pixel]![input]!, lanes.madd(gradient, row, sums[pixel]![input]!));
      }
      f.advance(dy, valid * 4);
      f.advance(weight, valid * 4);
    });
  }
  const wholeSteps = Math.floor(filters / lanes.width);
  const rest = filters % lanes.width;
  f.repeat(kernelHeight, () => {
    f.repeat(kernelWidth, () => {
      f.scope(() => {
        if (wholeSteps > 0) {
          const end = f.local('i32', i32.add(dy, wholeSteps * lanes.width * 4));
          f.doWhile(() => {
            step(lanes.width);
            return i32.ne(dy, end);
          });
        }
        if (rest > 0) step(rest);
        f.advance(weight, -(1 + inputChannels) * filters * 4);
      });
    });
    f.advance(dy, tile.dyRowBytes - kernelWidth * filters * 4);
  });
  return sums;
}

function lanesFrom(first: readonly number[], second: readonly number[]): number[] {
  return [...first, ...second.map((lane) => lane + 4)].flatMap((lane) =>
    [0, 1, 2, 3].map((byte) => lane * 4 + byte),
  );
}

/** One vector whose lane i is the sum of the lanes of vectors[i] (at most four of them). */
function addLanes({ f }: Kernel, vectors: readonly Local[]): Expression {
  const at = (index: number): Local => vectors[Math.min(index, vectors.length - 1)]!;
  function addPair(a: Local, b: Local): Local {
    const low = v128.shuffle(a, b, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
    const high = v128.shuffle(a, b, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
    return f.local('v128', f32x4.add(low, high));
  }
  const ab = addPair(at(0), at(1));
  const cd = addPair(at(2), at(3));
  return f32x4.add(
    v128.shuffle(ab, cd, lanesFrom([0, 1], [0, 1])),
    v128.shuffle(ab, cd, lanesFrom([2, 3], [2, 3])),
  );
}

/** Stores the lane sums of neighbouring inputs. */
function storeSums(kernel: Kernel, pointer: Local, offset: number, sums: readonly Local[]): void {
  const { f, lanes } = kernel;
  if (lanes.width === 1) {
    for (const [input, sum] of sums.entries()) f.emit(lanes.store(pointer, offset + input * 4, sum, 1));
    return;
  }
  f.scope(() => {
    const gradient = f.local('v128', addLanes(kernel, sums));
    f.emit(lanes.store(pointer, offset, gradient, sums.length));
  });
}

export function emitConv2dInputGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dInputGrad' }>): void {
  const { f, lanes } = kernel;
  const { geometry } = op;
  const { kernelHeight, kernelWidth, inputChannels, filters } = geometry;
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  const { height, width } = dx.layout;
  const lastTap = (kernelHeight * kernelWidth - 1) * inputChannels * filters * 4;
  const dyPixelBytes = filters * 4;

  const dySample = f.local('i32', kernel.tensor(op.dy).offset);
  const dxSample = f.local('i32', dx.first);
  const [dyRow, dxRow, dyPixel, dxPixel] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const [a, b] = [f.local('i32'), f.local('i32')];

  forEachSample(
    kernel,
    [
      [dySample, dy.sampleBytes],
      [dxSample, dx.sampleBytes],
    ],
    () => {
      for (const { first, columns, times } of columnTiles(inputChannels, inputTile(lanes), lanes)) {
        f.scope(() => {
          const weight = f.local('i32', kernel.tensor(op.weight).offset + lastTap + first * filters * 4);
          const dxColumn = f.local('i32', dxSample);
          f.advance(dxColumn, first * 4);
          const emitPixels = (pixels: number): void => {
            f.scope(() => {
              f.set(a, dyPixel);
              f.set(b, weight);
              const sums = emitDotTile(kernel, {
                dy: a,
                weight: b,
                pixelOffsets: Array.from({ length: pixels }, (_, pixel) => pixel * dyPixelBytes),
                numInputs: columns,
                geometry,
                dyRowBytes: dy.bufferRowBytes,
              });
              for (const [pixel, sumsOfPixel] of sums.entries())
                storeSums(kernel, dxPixel, pixel * dx.pixelBytes, sumsOfPixel);
              f.advance(dyPixel, pixels * dyPixelBytes);
              f.advance(dxPixel, pixels * dx.pixelBytes);
            });
          };
          f.repeat(times, () => {
            f.set(dyRow, dySample);
            f.set(dxRow, dxColumn);
            f.repeat(height, () => {
              f.set(dyPixel, dyRow);
              f.set(dxPixel, dxRow);
              f.repeat(Math.floor(width / PIXELS), () => emitPixels(PIXELS));
              if (width % PIXELS > 0) emitPixels(width % PIXELS);
              f.advance(dyRow, dy.bufferRowBytes);
              f.advance(dxRow, dx.rowBytes);
            });
            f.advance(weight, columns * filters * 4);
            f.advance(dxColumn, columns * 4);
          });
        });
      }
    },
  );
}

function inputTile(lanes: Kernel['lanes']): number {
  return lanes.width === 4 ? INPUTS : 2;
}

export function emitDenseInputGrad(kernel: Kernel, op: Extract<Op, { kind: 'denseInputGrad' }>): void {
  const { f, lanes } = kernel;
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  const units = dy.sampleBytes / 4;
  const inputs = dx.sampleBytes / 4;
  const geometry: ConvGeometry = {
    kernelHeight: 1,
    kernelWidth: 1,
    stride: 1,
    inputChannels: inputs,
    filters: units,
  };
  const weight = f.local('i32', kernel.tensor(op.weight).offset);
  const dxColumn = f.local('i32', dx.first);
  const [dySample, dxSample, left] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [a, b] = [f.local('i32'), f.local('i32')];

  /** All samples of the inputs from `dxColumn` on; pointers weight and dxColumn move past them. */
  function emitInputs(numInputs: number): void {
    f.set(dySample, dy.first);
    f.set(dxSample, dxColumn);
    f.set(left, kernel.count);
    for (const samples of [PIXELS, 1].filter((size) => size <= dy.capacity)) {
      f.whileAtLeast(left, samples, () => {
        f.scope(() => {
          f.set(a, dySample);
          f.set(b, weight);
          const sums = emitDotTile(kernel, {
            dy: a,
            weight: b,
            pixelOffsets: Array.from({ length: samples }, (_, sample) => sample * dy.sampleBytes),
            numInputs,
            geometry,
            dyRowBytes: 0,
          });
          for (const [sample, sumsOfSample] of sums.entries())
            storeSums(kernel, dxSample, sample * dx.sampleBytes, sumsOfSample);
        });
        f.advance(dySample, samples * dy.sampleBytes);
        f.advance(dxSample, samples * dx.sampleBytes);
      });
    }
    f.advance(weight, numInputs * units * 4);
    f.advance(dxColumn, numInputs * 4);
  }

  for (const { columns, times } of columnTiles(inputs, inputTile(lanes), lanes))
    f.repeat(times, () => emitInputs(columns));
}
