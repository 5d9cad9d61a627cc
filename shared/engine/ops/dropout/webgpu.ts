// Dropout by a hash of the element, in place.

import type { DropoutOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';

/** dropoutHash.ts, word for word. */
export function dropout(plan: KernelPlan, op: DropoutOp): Kernel {
  const x = imageOf(plan, op.x);
  return forEach(
    perSample(x.features),
    `let word = at_x(e);
var hash = (((args.start * ${x.features}u + e) ^ args.seed) * 0x9e3779b1u) ^ ${op.layerSeed >>> 0}u;
hash = (hash ^ (hash >> 16u)) * 0x85ebca6bu;
hash = (hash ^ (hash >> 13u)) * 0xc2b2ae35u;
let uniform_value = f32((hash ^ (hash >> 16u)) >> 8u) / 16777216.0;
store(word, select(0.0, load(word) * ${float(1 / (1 - op.rate))}, uniform_value >= ${float(op.rate)}));`,
    addressFunction('at_x', x),
  );
}
