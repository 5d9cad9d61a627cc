// Copies images between layouts.

import type { CopyOp } from './op.ts';
import { forEachElement } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

export function emitCopy(kernel: Kernel, op: CopyOp): void {
  const { f, lanes } = kernel;
  const images = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  forEachElement(kernel, images, ([x, y], offset, { valid }) => {
    const value = f.local(lanes.vector, lanes.load(x!, offset, valid));
    f.emit(lanes.store(y!, offset, value, valid));
  });
}
