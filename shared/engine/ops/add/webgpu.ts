// Adds an image to another, between layouts.

import { between } from '../../webgpu/kernels/between.ts';
import type { Kernel, KernelPlan, OpOf } from '../../webgpu/kernels/kernel.ts';

export function add(plan: KernelPlan, op: OpOf<'add'>): Kernel {
  return between(plan, op.x, op.y, 'let word = at_y(e); store(word, load(word) + load(at_x(e)));');
}
