// Average pooling.

import type { AvgPool2dOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachWindow } from '../../wasm/kernels/poolWindows.ts';
import { forEachPixel } from '../../wasm/kernels/windowPixels.ts';

export function emitAvgPool2d(kernel: Kernel, op: AvgPool2dOp): void {
  const { f, lanes } = kernel;
  const [x, y] = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  const share = 1 / (op.geometry.size[0] * op.geometry.size[1]);
  forEachWindow(kernel, x, y, 0, op.geometry, ({ window, pooled }, chunks) => {
    const sums = chunks.map(() => f.local(lanes.vector, lanes.constant(0)));
    forEachPixel(kernel, x, op.geometry, window, (pixel) => {
      for (const [c, { first, valid }] of chunks.entries())
        f.set(sums[c]!, lanes.add(sums[c]!, lanes.load(pixel, first * 4, valid)));
    });
    for (const [c, { first, valid }] of chunks.entries())
      f.emit(lanes.store(pooled, first * 4, lanes.mul(sums[c]!, lanes.constant(share)), valid));
  });
}
