// From any op of a plan to its kernel.

import type { Op } from '../../ops/ops.ts';
import { emitCommonOp, isRareOp } from './emitCommonOp.ts';
import { emitRareOp } from './emitRareOp.ts';
import type { Kernel } from './kernel.ts';

/** Writes the op into the kernel's function. */
export function emitOp(kernel: Kernel, op: Op): void {
  if (isRareOp(op)) emitRareOp(kernel, op);
  else emitCommonOp(kernel, op);
}
