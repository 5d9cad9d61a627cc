// A step by the momentum.

import { type Kernel, type KernelPlan, type OpOf, wordOf } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';

export function applyMomentum(plan: KernelPlan, op: OpOf<'applyMomentum'>): Kernel {
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `store(word, load(word) - args.learning_rate * load(${wordOf(plan, op.accumulator)}u + e));`,
  );
}
