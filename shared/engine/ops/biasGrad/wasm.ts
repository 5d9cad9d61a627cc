// Bias gradients: the sum of dy over samples and pixels, for each channel of the target.

import type { GradientTarget } from '../gradientTarget.ts';
import { lengthOf } from '../../range.ts';
import { gradientSink } from '../../wasm/kernels/gradientTarget.ts';
import { columnTiles, forEachSample, imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

/** Vectors of running sums held in registers at a time. */
const VECTORS = 8;

export function emitBiasGrad(
  kernel: Kernel,
  op: { readonly dy: number; readonly target: GradientTarget },
): void {
  const { f, lanes } = kernel;
  const dy = imageOf(kernel, op.dy);
  const { height, width, channels } = dy.layout;
  const sink = gradientSink(kernel, op.target, 1, channels);
  const bias = f.local('i32', sink.address);
  const dyColumn = f.local('i32', dy.at(op.target.outputs[0] * 4));
  const [dySample, dyRow, dyPixel] = [f.local('i32'), f.local('i32'), f.local('i32')];

  for (const { columns, times, chunks } of columnTiles(
    lengthOf(op.target.outputs),
    VECTORS * lanes.width,
    lanes,
  )) {
    f.repeat(times, () => {
      f.scope(() => {
        const sums = chunks.map(() => f.local(lanes.vector, lanes.constant(0)));
        f.set(dySample, dyColumn);
        forEachSample(kernel, [[dySample, dy.sampleBytes]], () => {
          f.set(dyRow, dySample);
          f.repeat(height, () => {
            f.set(dyPixel, dyRow);
            f.repeat(width, () => {
              for (const [c, chunk] of chunks.entries())
                f.set(sums[c]!, lanes.add(sums[c]!, lanes.load(dyPixel, chunk.first * 4, chunk.valid)));
              f.advance(dyPixel, dy.pixelBytes);
            });
            f.advance(dyRow, dy.rowBytes);
          });
        });
        for (const [c, chunk] of chunks.entries()) sink.add(bias, chunk.first * 4, sums[c]!, chunk);
      });
      f.advance(bias, columns * 4);
      f.advance(dyColumn, columns * 4);
    });
  }
}
