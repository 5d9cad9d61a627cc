// Depthwise convolutions, one filter a channel.

import type { Conv2dOp } from './op.ts';
import type { ConvGeometry } from './geometry.ts';
import { emitActivationOf } from '../../wasm/kernels/activation.ts';
import { emitTapProduct, type Tap } from '../../wasm/kernels/depthwiseTaps.ts';
import { forEachSample, windowStart, type Image, type Kernel } from '../../wasm/kernels/kernel.ts';

function tapsOf({ kernelHeight, kernelWidth, filters }: ConvGeometry): Tap[] {
  return Array.from({ length: kernelHeight * kernelWidth }, (_, position) => ({
    row: Math.floor(position / kernelWidth),
    column: position % kernelWidth,
    weight: position * filters * 4,
  }));
}

export function emitDepthwiseConv2d(kernel: Kernel, op: Conv2dOp, x: Image, y: Image): void {
  const { f, lanes } = kernel;
  const { geometry } = op;
  const [xSample, ySample] = [f.local('i32', windowStart(x, geometry)), f.local('i32', y.at(0))];
  const bias = kernel.tensor(op.bias).offset;
  const [from, to] = [f.local('i32'), f.local('i32')];
  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [ySample, y.sampleBytes],
    ],
    () => {
      f.set(from, xSample);
      f.set(to, ySample);
      emitTapProduct(kernel, {
        taps: tapsOf(geometry),
        weight: kernel.tensor(op.weight).offset,
        from,
        to,
        fromRowBytes: geometry.stride * x.bufferRowBytes,
        fromPixelBytes: geometry.stride * x.pixelBytes,
        tapRowBytes: x.bufferRowBytes,
        tapPixelBytes: x.pixelBytes,
        toRowBytes: y.rowBytes,
        toPixelBytes: y.pixelBytes,
        ...y.layout,
        initial: (channel, _to, _offset, valid) => lanes.load(channel, bias, valid),
        finish: (sum) => emitActivationOf(kernel, op.activation, [sum]),
      });
    },
  );
}
