// Group normalisation: a workgroup a (sample, group).

import type { GroupNormOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import { imageOf, wordOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { elementFunction, LANES, overGroups } from '../../webgpu/kernels/overGroups.ts';

export function groupNorm(plan: KernelPlan, op: GroupNormOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const size = x.features / op.groups;
  return overGroups(
    x,
    op.groups,
    elementFunction('at_x', x, op.groups) + elementFunction('at_y', y, op.groups),
    `var sum = 0.0;
for (var e = lane; e < ${size}u; e += ${LANES}u) { sum += load(at_x(group, e)); }
let mean = total(lane, vec2f(sum, 0.0)).x * ${float(1 / size)};
var squares = 0.0;
for (var e = lane; e < ${size}u; e += ${LANES}u) { let d = load(at_x(group, e)) - mean; squares += d * d; }
let inverse = 1.0 / sqrt(total(lane, vec2f(squares, 0.0)).x * ${float(1 / size)} + ${float(op.epsilon)});
${op.stats === null ? '' : `if (lane == 0u) { store(${wordOf(plan, op.stats)}u + group * 2u, mean); store(${wordOf(plan, op.stats)}u + group * 2u + 1u, inverse); }`}
for (var e = lane; e < ${size}u; e += ${LANES}u) {
  let c = channel(group, e);
  store(at_y(group, e), (load(at_x(group, e)) - mean) * inverse * load(${wordOf(plan, op.scale)}u + c) + load(${wordOf(plan, op.shift)}u + c));
}`,
  );
}
