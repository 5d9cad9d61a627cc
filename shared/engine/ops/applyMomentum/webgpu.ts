// A step by the momentum.

import type { ApplyMomentumOp } from './op.ts';
import { wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';

export function applyMomentum(plan: KernelPlan, op: ApplyMomentumOp): Kernel {
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `store(word, load(word) - args.learning_rate * load(${wordOf(plan, op.accumulator)}u + e));`,
  );
}
