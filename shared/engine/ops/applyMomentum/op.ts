// A step by the momentum.

import type { Range } from '../../range.ts';
import { forEachInSlice } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

export interface ApplyMomentumOp {
  readonly kind: 'applyMomentum';
  readonly accumulator: number;
  readonly weight: number;
  readonly inputs: Range;
  readonly outputs: Range;
}

export const applyMomentum: OpKind<ApplyMomentumOp> = {
  operands: (op) => [op.accumulator, op.weight],
};

/** The plain loops that all kernels of the op must match. */
export function runApplyMomentum(
  { tensors, learningRate, floatsOf }: ReferenceMemory,
  op: ApplyMomentumOp,
): void {
  const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
  forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
    w[full]! -= learningRate * accumulator[packed]!;
  });
}
