// Which tensors an op touches: the only thing that lifetimes need to know of it.

import type { OpKind } from '../ops/opKind.ts';
import { OPS, type Op } from '../ops/ops.ts';

/** Ids of all tensors that the op reads or writes. */
export function operandsOf(op: Op): number[] {
  const { operands }: OpKind<Op> = OPS[op.kind];
  return operands(op).filter((id) => id !== null);
}
