// Pooling that is not fused into a convolution, and how the gradient of an average is spread over the image.

import type { Op, PoolGeometry } from '../../plan.ts';
import type { Local } from '../assembler.ts';
import { imageOf } from './kernel.ts';
import type { Image, Kernel } from './kernel.ts';
import { forEachWindow, windowOffsets } from './poolWindows.ts';
import { emitWindowMaximum } from './windowMaximum.ts';

/** Calls `body` for each pixel of a window, at the pointer. */
function forEachPixel(
  { f }: Kernel,
  image: Image,
  { size: [height, width] }: PoolGeometry,
  window: Local,
  body: (pixel: Local) => void,
): void {
  const pixel = f.local('i32', window);
  f.repeat(height, () => {
    f.repeat(width, () => {
      body(pixel);
      f.advance(pixel, image.pixelBytes);
    });
    f.advance(pixel, image.rowBytes - width * image.pixelBytes);
  });
}

export function emitMaxPool2d(kernel: Kernel, op: Extract<Op, { kind: 'maxPool2d' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const argmaxOffset = op.argmax === null ? 0 : kernel.tensor(op.argmax).offset;
  forEachWindow(kernel, x, y, argmaxOffset, op.geometry, ({ window, pooled, argmax }, chunks) => {
    for (const chunk of chunks) {
      f.scope(() => {
        const { maximum, position } = emitWindowMaximum(kernel, {
          values: windowOffsets(x, op.geometry).map((offset) =>
            lanes.load(window, offset + chunk.first * 4, chunk.valid),
          ),
          wantsPosition: op.argmax !== null,
          activation: op.activation,
        });
        f.emit(lanes.store(pooled, chunk.first * 4, maximum, chunk.valid));
        if (position) f.emit(lanes.indexStore(argmax, chunk.first, position, chunk.valid));
      });
    }
  });
}

export function emitAvgPool2d(kernel: Kernel, op: Extract<Op, { kind: 'avgPool2d' }>): void {
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

/** dx += dy / pixels of the window, at each of them. */
export function emitAvgPool2dGrad(kernel: Kernel, op: Extract<Op, { kind: 'avgPool2dGrad' }>): void {
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
