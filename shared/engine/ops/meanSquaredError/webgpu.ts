// Mean squared error against float targets, with its gradient.

import type { MeanSquaredErrorOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { overSamples } from '../../webgpu/kernels/overSamples.ts';

export function meanSquaredError(plan: KernelPlan, op: MeanSquaredErrorOp): Kernel {
  const { start, features: outputs } = imageOf(plan, op.logits);
  return overSamples(
    plan,
    op.metrics,
    `fn sample(n: u32) -> vec2f {
  var loss = 0.0;
  for (var k = 0u; k < ${outputs}u; k++) {
    let word = ${start()} + n * ${outputs}u + k;
    let error = load(word) - load(${wordOf(plan, op.targets)}u + n * ${outputs}u + k);
    loss += error * error;
    ${op.gradient ? `store(word, 2.0 * error * args.scale * ${float(1 / outputs)});` : ''}
  }
  return vec2f(loss * ${float(1 / outputs)}, 0.0);
}`,
  );
}
