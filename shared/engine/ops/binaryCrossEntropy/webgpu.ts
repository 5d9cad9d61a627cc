// Binary cross-entropy against float targets, with its gradient.

import type { BinaryCrossEntropyOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSamples } from '../../webgpu/kernels/overSamples.ts';

/** log(1 + exp(-|z|)) without the loss of small values. */
export function binaryCrossEntropy(plan: KernelPlan, op: BinaryCrossEntropyOp): Kernel {
  const { start, features: outputs } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  var loss = 0.0; var hit = 1.0;
  for (var k = 0u; k < ${outputs}u; k++) {
    let word = ${start()} + n * ${outputs}u + k;
    let z = load(word); let t = load(${wordOf(plan, op.targets)}u + n * ${outputs}u + k);
    let small = exp(-abs(z));
    loss += max(z, 0.0) - z * t + select(log(1.0 + small), small, small < 1e-4);
    if ((z > 0.0) != (t > 0.5)) { hit = 0.0; }
    ${op.gradient ? `store(word, (select(small, 1.0, z >= 0.0) / (1.0 + small) - t) * args.scale * ${float(1 / outputs)});` : ''}
  }
  return vec2f(loss * ${float(1 / outputs)}, hit);
}`,
  );
}
