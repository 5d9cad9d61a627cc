// An activation as an op of its own, in place.

import type { ActivationOp } from './op.ts';
import { activateFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';

export function activation(plan: KernelPlan, op: ActivationOp): Kernel {
  const x = imageOf(plan, op.x);
  return forEach(
    perSample(x.features),
    'let word = at_x(e); store(word, activate(load(word)));',
    activateFunction(op.function) + addressFunction('at_x', x),
  );
}
