// Weight decay and the proximal term.

import type { DecayWeightOp } from './op.ts';
import type { Kernel, KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSlice } from '../../webgpu/kernels/overSlice.ts';
import { pull } from '../../webgpu/kernels/weightPull.ts';

export function decayWeight(plan: KernelPlan, op: DecayWeightOp): Kernel {
  const share = op.perMicroBatch ? 'f32(args.count) * args.scale' : '1.0';
  return overSlice(
    plan,
    op.weight,
    op.inputs,
    op.outputs,
    `let w = load(word); store(word, w - args.learning_rate * ${share} * ${pull(plan, op)});`,
  );
}
