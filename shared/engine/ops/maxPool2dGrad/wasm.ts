// How the gradient of a maximum is spread over the image, fused into a convolution or not.

import type { MaxPool2dGradOp } from './op.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachWindow, windowOffsets } from '../../wasm/kernels/poolWindows.ts';

/** dx[window position argmax] += dy; nothing where argmax is 255. */
export function emitMaxPool2dGrad(kernel: Kernel, op: MaxPool2dGradOp): void {
  const { f, lanes } = kernel;
  const dx = imageOf(kernel, op.dx);
  const dy = imageOf(kernel, op.dy);
  const argmaxOffset = kernel.tensor(op.argmax).offset;
  const { size, stride } = op.geometry;
  const overlaps = stride[0] < size[0] || stride[1] < size[1];
  forEachWindow(kernel, dx, dy, argmaxOffset, op.geometry, ({ window, pooled, argmax }, chunks) => {
    for (const chunk of chunks) {
      f.scope(() => {
        const gradient = f.local(lanes.vector, lanes.load(pooled, chunk.first * 4, chunk.valid));
        const position = f.local(lanes.index, lanes.indexLoad(argmax, chunk.first, chunk.valid));
        const share = f.local(lanes.vector);
        for (const [index, windowOffset] of windowOffsets(dx, op.geometry).entries()) {
          const offset = windowOffset + chunk.first * 4;
          f.set(share, lanes.keep(lanes.indexEquals(position, lanes.indexConstant(index)), gradient));
          if (overlaps) f.set(share, lanes.add(share, lanes.load(window, offset, chunk.valid)));
          f.emit(lanes.store(window, offset, share, chunk.valid));
        }
      });
    }
  });
}
