// What is left of the momentum, with what decay and proximal term add.

import type { ScaleMomentumOp } from './op.ts';
import { forEachInSlice } from '../../wasm/kernels/elements.ts';
import type { Kernel } from '../../wasm/kernels/kernel.ts';
import { pull } from '../../wasm/kernels/weightPull.ts';

/** accumulator = momentum * accumulator + pull. */
export function emitScaleMomentum(kernel: Kernel, op: ScaleMomentumOp): void {
  const { f, lanes } = kernel;
  const packed = [op.accumulator, ...(op.base === null ? [] : [op.base])];
  const momentum = f.local(lanes.vector, lanes.constant(op.momentum));
  forEachInSlice(kernel, op.weight, op, packed, (pointer, [accumulator, base], offset, { valid }) => {
    const weight = f.local(lanes.vector, lanes.load(pointer, offset, valid));
    const force = pull(kernel, op, weight, base ? lanes.load(base, offset, valid) : weight);
    const sum = f.local(lanes.vector, lanes.madd(lanes.load(accumulator!, offset, valid), momentum, force));
    f.emit(lanes.store(accumulator!, offset, sum, valid));
  });
}
