// Adds an image to another, between layouts.

import type { AddOp } from './op.ts';
import type { Expression } from '../../wasm/code/instructions.ts';
import { forEachElement } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

export function emitAdd(kernel: Kernel, op: AddOp): void {
  const { f, lanes } = kernel;
  const images = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  forEachElement(kernel, images, ([x, y], offset, { valid }) => {
    const load = (pointer: Expression): Expression => lanes.load(pointer, offset, valid);
    const sum = f.local(lanes.vector, lanes.add(load(x!), load(y!)));
    f.emit(lanes.store(y!, offset, sum, valid));
  });
}
