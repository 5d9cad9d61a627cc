// Copies images between layouts.

import { between } from '../../webgpu/kernels/between.ts';
import type { Kernel, KernelPlan, OpOf } from '../../webgpu/kernels/kernel.ts';

export function copy(plan: KernelPlan, op: OpOf<'copy'>): Kernel {
  return between(plan, op.x, op.y, 'store(at_y(e), load(at_x(e)));');
}
