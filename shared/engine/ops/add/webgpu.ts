// Adds an image to another, between layouts.

import type { AddOp } from './op.ts';
import { between } from '../../webgpu/kernels/between.ts';
import type { Kernel, KernelPlan } from '../../webgpu/kernels/kernel.ts';

export function add(plan: KernelPlan, op: AddOp): Kernel {
  return between(plan, op.x, op.y, 'let word = at_y(e); store(word, load(word) + load(at_x(e)));');
}
