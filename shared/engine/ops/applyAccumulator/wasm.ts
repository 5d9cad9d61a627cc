// A step by what has added up in an accumulator, which is then zero.

import type { Kernel } from '../../wasm/kernels/kernel.ts';
import { emitApply } from '../../wasm/kernels/weightUpdate.ts';
import type { ApplyAccumulatorOp } from './op.ts';

export function emitApplyAccumulator(kernel: Kernel, op: ApplyAccumulatorOp): void {
  emitApply(kernel, op, true);
}
