// Logits to probabilities.

import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** Logits to probabilities, in place. */
export interface SoftmaxOp {
  readonly kind: 'softmax';
  readonly logits: number;
}

export const softmax: OpKind<SoftmaxOp> = {
  operands: (op) => [op.logits],
};

/** The plain loops that all kernels of the op must match. */
export function runSoftmax({ count, floatsOf, featuresOf }: ReferenceMemory, op: SoftmaxOp): void {
  const logits = floatsOf(op.logits);
  const classes = featuresOf(op.logits);
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const top = Math.max(...row);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
    row.forEach((logit, k) => {
      row[k] = Math.exp(logit - top) / sum;
    });
  }
}
