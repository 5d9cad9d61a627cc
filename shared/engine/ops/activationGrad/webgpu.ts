// The derivative of an activation, told from its output or from the bits that are left of it.

import type { ActivationGradOp } from './op.ts';
import { slopeFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';

export function activationGrad(plan: KernelPlan, op: ActivationGradOp): Kernel {
  const dy = imageOf(plan, op.dy);
  if (op.form === 'bits')
    return forEach(
      perSample(dy.features),
      `if (((arena[${wordOf(plan, op.source)}u + e / 32u] >> (e % 32u)) & 1u) == 0u) { store(at_dy(e), 0.0); }`,
      addressFunction('at_dy', dy),
    );
  return forEach(
    perSample(dy.features),
    'let word = at_dy(e); store(word, load(word) * slope(load(at_source(e))));',
    slopeFunction(op.function) +
      addressFunction('at_dy', dy) +
      addressFunction('at_source', imageOf(plan, op.source)),
  );
}
