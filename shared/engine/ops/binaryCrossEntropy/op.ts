// The loss of independent yes-or-no outputs.

import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * Mean over the outputs of the binary cross-entropy of sigmoid(logits) and targets in [0, 1] (float32
 * `[count, outputs]`); a hit is a sample all of whose outputs fall on the target's side of 1/2. Gradient in place:
 * `(sigmoid - target) * scale / outputs`.
 */
export interface BinaryCrossEntropyOp {
  readonly kind: 'binaryCrossEntropy';
  readonly logits: number;
  readonly targets: number;
  readonly metrics: number;
  readonly gradient: boolean;
}

export const binaryCrossEntropy: OpKind<BinaryCrossEntropyOp> = {
  operands: (op) => [op.logits, op.targets, op.metrics],
};

/** The plain loops that all kernels of the op must match. */
export function runBinaryCrossEntropy(
  { tensors, floats, count, scale, floatsOf, featuresOf, activate }: ReferenceMemory,
  op: BinaryCrossEntropyOp,
): void {
  const [logits, targets] = [floatsOf(op.logits), floatsOf(op.targets)];
  const [metrics, outputs] = [tensors[op.metrics]!.offset / 4, featuresOf(op.logits)];
  for (let n = 0; n < count; n++) {
    let isHit = true;
    for (let k = n * outputs; k < (n + 1) * outputs; k++) {
      const [z, target] = [logits[k]!, targets[k]!];
      floats[metrics]! += (Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)))) / outputs;
      if (z > 0 !== target > 0.5) isHit = false;
      if (op.gradient) logits[k] = ((activate('sigmoid', z) - target) * scale) / outputs;
    }
    floats[metrics + 2]! += isHit ? 1 : 0;
  }
}
