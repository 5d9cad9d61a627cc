// An activation as an op of its own, in place.

import { activateFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  type Kernel,
  type KernelPlan,
  type OpOf,
  perSample,
} from '../../webgpu/kernels/kernel.ts';

export function activation(plan: KernelPlan, op: OpOf<'activation'>): Kernel {
  const x = imageOf(plan, op.x);
  return forEach(
    perSample(x.features),
    'let word = at_x(e); store(word, activate(load(word)));',
    activateFunction(op.function) + addressFunction('at_x', x),
  );
}
