// Weight decay and the proximal term.

import type { DecayWeightOp } from './op.ts';
import { f32 } from '../../wasm/code/instructions.ts';
import { forEachInSlice } from '../../wasm/kernels/elements.ts';
import type { Kernel } from '../../wasm/kernels/kernel.ts';
import { pull } from '../../wasm/kernels/weightPull.ts';

/** weight -= learningRate * share * pull. */
export function emitDecayWeight(kernel: Kernel, op: DecayWeightOp): void {
  const { f, lanes } = kernel;
  const share = f32.mul(kernel.scale, f32.fromI32(kernel.count));
  const rate = f.local(
    lanes.vector,
    lanes.splat(op.perMicroBatch ? f32.mul(kernel.learningRate, share) : kernel.learningRate),
  );
  const packed = op.base === null ? [] : [op.base];
  forEachInSlice(kernel, op.weight, op, packed, (pointer, [base], offset, { valid }) => {
    const weight = f.local(lanes.vector, lanes.load(pointer, offset, valid));
    const force = pull(kernel, op, weight, base ? lanes.load(base, offset, valid) : weight);
    f.set(weight, lanes.nmadd(force, rate, weight));
    f.emit(lanes.store(pointer, offset, weight, valid));
  });
}
