// Bias gradients: the sum of dy over samples and pixels, by channel.

import type { BiasGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { reduce } from '../../webgpu/kernels/reduce.ts';
import { descendFunction } from '../../webgpu/kernels/target.ts';

export function biasGrad(plan: KernelPlan, op: BiasGradOp): Kernel {
  const dy = imageOf(plan, op.dy);
  const { height, width } = dy.layout;
  const { outputs } = op.target;
  const columns = lengthOf(outputs);
  return reduce(plan, {
    total: { code: `${columns}u`, of: () => columns },
    most: columns,
    prepare: '',
    loops: [`(args.count * ${height}u)`, `${width}u`],
    depth: plan.microBatch * height,
    terms: [
      `load(${dy.first(outputs[0])} + (k0 / ${height}u) * ${dy.sample}u + (k0 % ${height}u) * ${dy.row}u + k1 * ${dy.pixel}u + e)`,
    ],
    finish: 'descend(0u, e, s0);',
    declarations: descendFunction(plan, op.target),
  });
}
