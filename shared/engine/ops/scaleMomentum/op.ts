// The momentum before a step.

import type { Range } from '../../range.ts';
import { forEachInSlice } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * Before a step: `accumulator = momentum * accumulator + decay * weight[slice] + proximal * (weight[slice] - base)`;
 * after it, `applyMomentum`: `weight[slice] -= learningRate * accumulator`, which stays.
 */
export interface ScaleMomentumOp {
  readonly kind: 'scaleMomentum';
  readonly accumulator: number;
  readonly weight: number;
  readonly base: number | null;
  readonly momentum: number;
  readonly decay: number;
  readonly proximal: number;
  readonly inputs: Range;
  readonly outputs: Range;
}

export const scaleMomentum: OpKind<ScaleMomentumOp> = {
  operands: (op) => [op.accumulator, op.weight, op.base],
};

/** The plain loops that all kernels of the op must match. */
export function runScaleMomentum({ tensors, floatsOf }: ReferenceMemory, op: ScaleMomentumOp): void {
  const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
  const base = op.base === null ? null : floatsOf(op.base);
  forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
    const pull = base ? op.proximal * (w[full]! - base[packed]!) : 0;
    accumulator[packed] = op.momentum * accumulator[packed]! + op.decay * w[full]! + pull;
  });
}
