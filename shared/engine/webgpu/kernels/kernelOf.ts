// From an op of the plan to its kernel.

import type { Op } from '../../ops/ops.ts';
import type { Kernel, KernelPlan } from './kernel.ts';
import { KERNELS } from './kernels.ts';

/** The kernel of an op. Throws RangeError for one that WebGPU does not have. */
export function kernelOf(plan: KernelPlan, op: Op): Kernel {
  const kernel = KERNELS[op.kind] as ((plan: KernelPlan, op: Op) => Kernel) | undefined;
  if (!kernel) throw new RangeError(`op "${op.kind}" is not yet on WebGPU`);
  return kernel(plan, op);
}
