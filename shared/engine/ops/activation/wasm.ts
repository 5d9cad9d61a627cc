// An activation as an op of its own, in place.

import type { ActivationOp } from './op.ts';
import { emitActivationOf } from '../../wasm/kernels/activation.ts';
import { forEachElement } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

export function emitActivation(kernel: Kernel, op: ActivationOp): void {
  const { f, lanes } = kernel;
  forEachElement(kernel, [imageOf(kernel, op.x)], ([x], offset, { valid }) => {
    const value = f.local(lanes.vector, lanes.load(x!, offset, valid));
    emitActivationOf(kernel, op.function, [value]);
    f.emit(lanes.store(x!, offset, value, valid));
  });
}
