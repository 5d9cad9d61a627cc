// How the gradient of an average is spread over the image.

import type { AvgPool2dGradOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachWindow } from '../../wasm/kernels/poolWindows.ts';
import { forEachPixel } from '../../wasm/kernels/windowPixels.ts';

/** dx += dy / pixels of the window, at each of them. */
export function emitAvgPool2dGrad(kernel: Kernel, op: AvgPool2dGradOp): void {
  const { f, lanes } = kernel;
  const [dx, dy] = [imageOf(kernel, op.dx), imageOf(kernel, op.dy)];
  const share = 1 / (op.geometry.size[0] * op.geometry.size[1]);
  forEachWindow(kernel, dx, dy, 0, op.geometry, ({ window, pooled }, chunks) => {
    const gradients = chunks.map(({ first, valid }) =>
      f.local(lanes.vector, lanes.mul(lanes.load(pooled, first * 4, valid), lanes.constant(share))),
    );
    forEachPixel(kernel, dx, op.geometry, window, (pixel) => {
      for (const [c, { first, valid }] of chunks.entries()) {
        const sum = lanes.add(lanes.load(pixel, first * 4, valid), gradients[c]!);
        f.emit(lanes.store(pixel, first * 4, sum, valid));
      }
    });
  });
}
