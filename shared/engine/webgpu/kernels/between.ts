// From each element of an image to the same element of another.

import { addressFunction, forEach, imageOf, perSample, type Kernel, type KernelPlan } from './kernel.ts';

export function between(plan: KernelPlan, from: number, to: number, body: string): Kernel {
  const [x, y] = [imageOf(plan, from), imageOf(plan, to)];
  return forEach(perSample(y.features), body, addressFunction('at_x', x) + addressFunction('at_y', y));
}
