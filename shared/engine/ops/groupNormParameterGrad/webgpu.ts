// Gradients of scale and shift of a group norm.

import type { GroupNormParameterGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { reduce } from '../../webgpu/kernels/reduce.ts';
import { descendFunction } from '../../webgpu/kernels/target.ts';

/** Both sums of each channel; a frozen one is dropped. */
export function groupNormParameterGrad(plan: KernelPlan, op: GroupNormParameterGradOp): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { height, width, channels } = x.layout;
  const stats = wordOf(plan, op.stats);
  const own = channels / op.groups;
  const targets = [op.scaleTarget, op.shiftTarget] as const;
  const into = (index: 0 | 1): string => {
    const target = targets[index];
    if (!target) return '';
    const [from, to] = target.outputs;
    if (lengthOf(target.outputs) === channels) return `descend_${index}(0u, e, s${index});`;
    return `if (e >= ${from}u && e < ${to}u) { descend_${index}(0u, e - ${from}u, s${index}); }`;
  };
  return reduce(plan, {
    total: { code: `${channels}u`, of: () => channels },
    most: channels,
    prepare: '',
    loops: [`(args.count * ${height}u)`, `${width}u`],
    depth: plan.microBatch * height,
    inner: `let n = k0 / ${height}u; let i = k0 % ${height}u;
let g = load(${dy.first()} + n * ${dy.sample}u + i * ${dy.row}u + k1 * ${dy.pixel}u + e);
let v = load(${x.first()} + n * ${x.sample}u + i * ${x.row}u + k1 * ${x.pixel}u + e);
let stat = ${stats}u + (n * ${op.groups}u + e / ${own}u) * 2u;`,
    terms: ['g * (v - load(stat)) * load(stat + 1u)', 'g'],
    finish: `${into(0)}\n${into(1)}`,
    declarations: targets
      .map((target, index) => (target ? descendFunction(plan, target, `descend_${index}`) : ''))
      .join(''),
  });
}
