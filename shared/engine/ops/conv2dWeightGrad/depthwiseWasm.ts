// Weight gradients of depthwise convolutions.

import type { Conv2dWeightGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import { forEachBlock, HELD_TAPS, PIXELS } from '../../wasm/kernels/depthwiseTaps.ts';
import { gradientSink } from '../../wasm/kernels/gradientTarget.ts';
import { columnTiles, forEachSample, imageOf, windowStart, type Kernel } from '../../wasm/kernels/kernel.ts';

/** Sums of x * dy over the pixels of a block of image rows, for a few kernel rows and one vector of channels at a time. */
export function emitDepthwiseWeightGrad(kernel: Kernel, op: Conv2dWeightGradOp): void {
  const { f, lanes } = kernel;
  const { geometry, target } = op;
  const { kernelHeight, kernelWidth, stride } = geometry;
  const [x, dy] = [imageOf(kernel, op.x), imageOf(kernel, op.dy)];
  const { height, width } = dy.layout;
  const sink = gradientSink(kernel, target, 1, geometry.filters);
  const firstChannel = target.outputs[0] * 4;
  const xSample = f.local('i32', windowStart(x, geometry, firstChannel));
  const dySample = f.local('i32', dy.at(firstChannel));
  const [xBlock, dyBlock, xColumn, dyColumn, weight, xRow, dyRow, xPixel, dyPixel] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const xStep = stride * x.pixelBytes;
  const kernelRowsAtOnce = Math.max(1, Math.floor(HELD_TAPS / kernelWidth));

  function emitPixels(pixels: number, kernelRows: number, valid: number, sums: readonly Local[]): void {
    f.scope(() => {
      const gradients = Array.from({ length: pixels }, (_, pixel) =>
        f.local(lanes.vector, lanes.load(dyPixel, pixel * dy.pixelBytes, valid)),
      );
      const element = f.local(lanes.vector);
      // Kernel rows inside, so that sums take turns: each must wait some cycles for its last addition.
      for (let column = 0; column < (pixels - 1) * stride + kernelWidth; column++) {
        const uses = gradients.flatMap((gradient, pixel) => {
          const q = column - pixel * stride;
          return q >= 0 && q < kernelWidth ? [{ gradient, q }] : [];
        });
        if (uses.length === 0) continue;
        for (let p = 0; p < kernelRows; p++) {
          f.set(element, lanes.load(xPixel, p * x.bufferRowBytes + column * x.pixelBytes, valid));
          for (const { gradient, q } of uses) {
            const sum = sums[p * kernelWidth + q]!;
            f.set(sum, lanes.madd(element, gradient, sum));
          }
        }
      }
      f.advance(xPixel, pixels * xStep);
      f.advance(dyPixel, pixels * dy.pixelBytes);
    });
  }

  function emitBlock(rows: number): void {
    for (let p = 0; p < kernelHeight; p += kernelRowsAtOnce) {
      const kernelRows = Math.min(kernelRowsAtOnce, kernelHeight - p);
      f.set(xColumn, xBlock);
      f.advance(xColumn, p * x.bufferRowBytes);
      f.set(dyColumn, dyBlock);
      f.set(weight, sink.address + p * kernelWidth * sink.positionBytes);
      for (const { columns, times } of columnTiles(lengthOf(target.outputs), lanes.width, lanes))
        f.repeat(times, () => {
          f.scope(() => {
            const sums = Array.from({ length: kernelRows * kernelWidth }, () =>
              f.local(lanes.vector, lanes.constant(0)),
            );
            f.set(xRow, xColumn);
            f.set(dyRow, dyColumn);
            f.repeat(rows, () => {
              f.set(xPixel, xRow);
              f.set(dyPixel, dyRow);
              f.repeat(Math.floor(width / PIXELS), () => emitPixels(PIXELS, kernelRows, columns, sums));
              if (width % PIXELS > 0) emitPixels(width % PIXELS, kernelRows, columns, sums);
              f.advance(xRow, stride * x.bufferRowBytes);
              f.advance(dyRow, dy.rowBytes);
            });
            for (const [tap, sum] of sums.entries())
              sink.add(weight, tap * sink.positionBytes, sum, { first: 0, valid: columns });
          });
          for (const pointer of [xColumn, dyColumn, weight]) f.advance(pointer, columns * 4);
        });
    }
    f.advance(xBlock, rows * stride * x.bufferRowBytes);
    f.advance(dyBlock, rows * dy.rowBytes);
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
      forEachBlock(kernel, height, stride * x.bufferRowBytes + dy.rowBytes, emitBlock);
    },
  );
}
