// A step by the momentum, which stays.

import type { Kernel } from '../../wasm/kernels/kernel.ts';
import { emitApply } from '../../wasm/kernels/weightUpdate.ts';
import type { ApplyMomentumOp } from './op.ts';

export function emitApplyMomentum(kernel: Kernel, op: ApplyMomentumOp): void {
  emitApply(kernel, op, false);
}
