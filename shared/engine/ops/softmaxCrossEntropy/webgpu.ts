// Softmax cross-entropy with its gradient.

import type { SoftmaxCrossEntropyOp } from './op.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSamples } from '../../webgpu/kernels/overSamples.ts';
import { softmaxRow } from '../../webgpu/kernels/softmaxRow.ts';

export function softmaxCrossEntropy(plan: KernelPlan, op: SoftmaxCrossEntropyOp): Kernel {
  const { start, features: classes } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  ${softmaxRow(start(), classes)}
  let label = load_byte(${wordOf(plan, op.labels)}u, n);
  let loss = log(sum) - (load(first + label) - top);
  ${
    op.gradient
      ? `for (var k = 0u; k < ${classes}u; k++) {
    let p = exp(load(first + k) - top) / sum;
    store(first + k, (p - select(0.0, 1.0, k == label)) * args.scale);
  }`
      : ''
  }
  return vec2f(loss, select(0.0, 1.0, winner == label));
}`,
  );
}
