// Weight decay and the proximal term.

import type { Range } from '../../range.ts';
import { forEachInSlice } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * `weight[slice] -= learningRate * share * (decay * weight + proximal * (weight - base))`, share = 1, or count * scale
 * where `perMicroBatch`; `base` (packed like the slice) is null where proximal is 0. Runs before the slice's gradient is applied.
 */
export interface DecayWeightOp {
  readonly kind: 'decayWeight';
  readonly weight: number;
  readonly base: number | null;
  readonly decay: number;
  readonly proximal: number;
  readonly perMicroBatch: boolean;
  readonly inputs: Range;
  readonly outputs: Range;
}

export const decayWeight: OpKind<DecayWeightOp> = {
  operands: (op) => [op.weight, op.base],
};

/** The plain loops that all kernels of the op must match. */
export function runDecayWeight(
  { tensors, count, scale, learningRate, floatsOf }: ReferenceMemory,
  op: DecayWeightOp,
): void {
  const [w, base] = [floatsOf(op.weight), op.base === null ? null : floatsOf(op.base)];
  const share = op.perMicroBatch ? count * scale : 1;
  forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
    const pull = base ? op.proximal * (w[full]! - base[packed]!) : 0;
    w[full]! -= learningRate * share * (op.decay * w[full]! + pull);
  });
}
