// Packs where a relu or relu6 has a gradient.

import type { PackMaskOp } from './op.ts';
import { slopeFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';

/** A word of 32 bits an invocation. */
export function packMask(plan: KernelPlan, op: PackMaskOp): Kernel {
  const x = imageOf(plan, op.x);
  const words = (count: number): number => Math.ceil((count * x.features) / 32);
  return forEach(
    { code: `((args.count * ${x.features}u + 31u) / 32u)`, of: words },
    `var bits = 0u;
let most = min(32u, args.count * ${x.features}u - e * 32u);
for (var b = 0u; b < most; b++) { if (slope(load(at_x(e * 32u + b))) > 0.0) { bits |= 1u << b; } }
arena[${wordOf(plan, op.mask)}u + e] = bits;`,
    slopeFunction(op.function) + addressFunction('at_x', x),
  );
}
