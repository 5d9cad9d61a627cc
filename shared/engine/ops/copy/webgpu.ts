// Copies images between layouts.

import type { CopyOp } from './op.ts';
import { between } from '../../webgpu/kernels/between.ts';
import type { Kernel, KernelPlan } from '../../webgpu/kernels/kernel.ts';

export function copy(plan: KernelPlan, op: CopyOp): Kernel {
  return between(plan, op.x, op.y, 'store(at_y(e), load(at_x(e)));');
}
