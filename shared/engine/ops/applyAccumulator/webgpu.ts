// A step by what has added up in an accumulator.

import type { ApplyAccumulatorOp } from './op.ts';
import { wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';

export function applyAccumulator(plan: KernelPlan, op: ApplyAccumulatorOp): Kernel {
  const accumulator = wordOf(plan, op.accumulator);
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `store(word, load(word) - args.learning_rate * load(${accumulator}u + e)); store(${accumulator}u + e, 0.0);`,
  );
}
