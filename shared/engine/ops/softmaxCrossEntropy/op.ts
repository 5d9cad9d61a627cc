// The loss of classes.

import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * Adds loss and hits of `count` samples to the metrics; when `gradient` is set, replaces the logits in place by
 * `(softmax - onehot) * scale`, scale = 1 / samples in the whole batch.
 */
export interface SoftmaxCrossEntropyOp {
  readonly kind: 'softmaxCrossEntropy';
  readonly logits: number;
  readonly labels: number;
  readonly metrics: number;
  readonly gradient: boolean;
}

export const softmaxCrossEntropy: OpKind<SoftmaxCrossEntropyOp> = {
  operands: (op) => [op.logits, op.labels, op.metrics],
};

/** The plain loops that all kernels of the op must match. */
export function runSoftmaxCrossEntropy(
  { tensors, floats, count, scale, floatsOf, bytesOf, featuresOf }: ReferenceMemory,
  op: SoftmaxCrossEntropyOp,
): void {
  const [logits, labels, metrics] = [
    floatsOf(op.logits),
    bytesOf(op.labels),
    tensors[op.metrics]!.offset / 4,
  ];
  const classes = featuresOf(op.logits);
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * classes, (n + 1) * classes);
    const label = labels[n]!;
    const top = Math.max(...row);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
    floats[metrics]! += Math.log(sum) - (row[label]! - top);
    floats[metrics + 2]! += row.indexOf(top) === label ? 1 : 0;
    if (op.gradient)
      row.forEach((logit, k) => {
        row[k] = (Math.exp(logit - top) / sum - (k === label ? 1 : 0)) * scale;
      });
  }
}
