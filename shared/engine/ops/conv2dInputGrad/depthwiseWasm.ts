// Input gradients of depthwise convolutions.

import type { Conv2dInputGradOp } from './op.ts';
import { emitTapProduct } from '../../wasm/kernels/depthwiseTaps.ts';
import { forEachSample, imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { parityClasses } from '../../wasm/kernels/parity.ts';

/** The forward product over the padded output gradient with the kernel turned by 180 degrees, one parity at a time. */
export function emitDepthwiseInputGrad(kernel: Kernel, op: Conv2dInputGradOp): void {
  const { f, lanes } = kernel;
  const { geometry } = op;
  const [dy, dx] = [imageOf(kernel, op.dy), imageOf(kernel, op.dx)];
  const channels = geometry.filters;
  const [dySample, dxSample] = [f.local('i32', dy.start), f.local('i32', dx.at(0))];
  const [from, to] = [f.local('i32'), f.local('i32')];
  const bufferPixelBytes = channels * 4;
  forEachSample(
    kernel,
    [
      [dySample, dy.sampleBytes],
      [dxSample, dx.sampleBytes],
    ],
    () => {
      for (const parity of parityClasses(geometry, dy.layout, dx.layout)) {
        const { rows, columns, step } = parity;
        if (op.accumulate && rows.taps.length * columns.taps.length === 0) continue;
        const taps = rows.taps.flatMap((row) =>
          columns.taps.map((column) => ({
            row: row.at,
            column: column.at,
            weight: (row.kernel * geometry.kernelWidth + column.kernel) * channels * 4,
          })),
        );
        f.set(from, dySample);
        f.advance(from, rows.first * dy.bufferRowBytes + columns.first * bufferPixelBytes);
        f.set(to, dxSample);
        f.advance(to, rows.first * dx.rowBytes + columns.first * dx.pixelBytes);
        f.scope(() =>
          emitTapProduct(kernel, {
            taps,
            weight: kernel.tensor(op.weight).offset,
            from,
            to,
            channels,
            fromRowBytes: step * dy.bufferRowBytes,
            fromPixelBytes: step * bufferPixelBytes,
            tapRowBytes: dy.bufferRowBytes,
            tapPixelBytes: bufferPixelBytes,
            toRowBytes: step * dx.rowBytes,
            toPixelBytes: step * dx.pixelBytes,
            height: rows.count,
            width: columns.count,
            initial: (_channel, pixel, offset, valid) =>
              op.accumulate ? lanes.load(pixel, offset, valid) : lanes.constant(0),
            finish: () => {},
          }),
        );
      }
    },
  );
}
