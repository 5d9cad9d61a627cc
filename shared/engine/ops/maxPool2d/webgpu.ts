// Max-pooling by windows without padding.

import type { MaxPool2dOp } from './op.ts';
import { slopeFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { split } from '../../webgpu/kernels/poolWindows.ts';

/** A word of argmax belongs to one invocation: four neighbouring outputs. */
export function maxPool2d(plan: KernelPlan, op: MaxPool2dOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { size, stride } = op.geometry;
  return forEach(
    { code: `((args.count * ${y.features}u + 3u) / 4u)`, of: (count) => Math.ceil((count * y.features) / 4) },
    `var winners = 0u;
for (var b = 0u; b < 4u; b++) { winners |= pool(min(e * 4u + b, args.count * ${y.features}u - 1u)) << (8u * b); }
${op.argmax === null ? '_ = winners;' : `arena[${wordOf(plan, op.argmax)}u + e] = winners;`}`,
    `${slopeFunction(op.activation)}${addressFunction('at_y', y)}
fn pool(e: u32) -> u32 {
  ${split(y, 'e')}
  let first = ${x.first()} + n * ${x.sample}u + i * ${stride[0] * x.row}u + j * ${stride[1] * x.pixel}u + c;
  var top = load(first); var winner = 0u;
  for (var p = 0u; p < ${size[0]}u; p++) { for (var q = 0u; q < ${size[1]}u; q++) {
    let value = load(first + p * ${x.row}u + q * ${x.pixel}u);
    if (value > top) { top = value; winner = p * ${size[1]}u + q; }
  } }
  store(at_y(e), top);
  return select(255u, winner, slope(top) > 0.0);
}
`,
  );
}
