// What is left of the momentum, with what decay and proximal term add.

import type { ScaleMomentumOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import { wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';
import { pull } from '../../webgpu/kernels/weightPull.ts';

export function scaleMomentum(plan: KernelPlan, op: ScaleMomentumOp): Kernel {
  const accumulator = wordOf(plan, op.accumulator);
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `let w = load(word); store(${accumulator}u + e, ${float(op.momentum)} * load(${accumulator}u + e) + ${pull(plan, op)});`,
  );
}
