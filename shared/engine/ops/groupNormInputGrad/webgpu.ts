// The gradient of a group norm's input, in the place of that of its output.

import type { GroupNormInputGradOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { elementFunction, LANES, overGroups } from '../../webgpu/kernels/overGroups.ts';

export function groupNormInputGrad(plan: KernelPlan, op: GroupNormInputGradOp): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const size = x.features / op.groups;
  const stats = wordOf(plan, op.stats);
  return overGroups(
    x,
    op.groups,
    elementFunction('at_x', x, op.groups) + elementFunction('at_dy', dy, op.groups),
    `let mean = load(${stats}u + group * 2u); let inverse = load(${stats}u + group * 2u + 1u);
var own = vec2f();
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let g = load(at_dy(group, e)) * load(${wordOf(plan, op.scale)}u + channel(group, e));
  own += vec2f(g, g * (load(at_x(group, e)) - mean) * inverse);
}
let means = total(lane, own) * ${float(1 / size)};
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let word = at_dy(group, e);
  let g = load(word) * load(${wordOf(plan, op.scale)}u + channel(group, e));
  store(word, inverse * (g - means.x - (load(at_x(group, e)) - mean) * inverse * means.y));
}`,
  );
}
