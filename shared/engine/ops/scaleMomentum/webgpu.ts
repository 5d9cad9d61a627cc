// What is left of the momentum, with what decay and proximal term add.

import { float } from '../../webgpu/kernels/float.ts';
import { type Kernel, type KernelPlan, type OpOf, wordOf } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';
import { pull } from '../../webgpu/kernels/weightPull.ts';

export function scaleMomentum(plan: KernelPlan, op: OpOf<'scaleMomentum'>): Kernel {
  const accumulator = wordOf(plan, op.accumulator);
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `let w = load(word); store(${accumulator}u + e, ${float(op.momentum)} * load(${accumulator}u + e) + ${pull(plan, op)});`,
  );
}
