// A step by what has added up over a batch.

import type { Range } from '../../range.ts';
import { forEachInSlice } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** `weight[slice] -= learningRate * accumulator; accumulator = 0`. */
export interface ApplyAccumulatorOp {
  readonly kind: 'applyAccumulator';
  readonly accumulator: number;
  readonly weight: number;
  readonly inputs: Range;
  readonly outputs: Range;
}

export const applyAccumulator: OpKind<ApplyAccumulatorOp> = {
  operands: (op) => [op.accumulator, op.weight],
};

/** The plain loops that all kernels of the op must match. */
export function runApplyAccumulator(
  { tensors, learningRate, floatsOf }: ReferenceMemory,
  op: ApplyAccumulatorOp,
): void {
  const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
  forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
    w[full]! -= learningRate * accumulator[packed]!;
  });
  accumulator.fill(0);
}
