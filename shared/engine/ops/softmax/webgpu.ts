// Logits to probabilities, in place.

import type { SoftmaxOp } from './op.ts';
import { forEach, imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { softmaxRow } from '../../webgpu/kernels/softmaxRow.ts';

export function softmax(plan: KernelPlan, op: SoftmaxOp): Kernel {
  const { start, features: classes } = imageOf(plan, op.logits);
  return forEach(
    { code: 'args.count', of: (count) => count },
    `let n = e;
  ${softmaxRow(start(), classes)}
  _ = winner;
  for (var k = 0u; k < ${classes}u; k++) { store(first + k, exp(load(first + k) - top) / sum); }`,
  );
}
