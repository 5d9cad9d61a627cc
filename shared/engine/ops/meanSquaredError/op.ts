// The loss of values.

import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** Mean over the outputs of the squared error; no hits. Gradient in place: `2 (output - target) * scale / outputs`. */
export interface MeanSquaredErrorOp {
  readonly kind: 'meanSquaredError';
  readonly logits: number;
  readonly targets: number;
  readonly metrics: number;
  readonly gradient: boolean;
}

export const meanSquaredError: OpKind<MeanSquaredErrorOp> = {
  operands: (op) => [op.logits, op.targets, op.metrics],
};

/** The plain loops that all kernels of the op must match. */
export function runMeanSquaredError(
  { tensors, floats, count, scale, floatsOf, featuresOf }: ReferenceMemory,
  op: MeanSquaredErrorOp,
): void {
  const [values, targets] = [floatsOf(op.logits), floatsOf(op.targets)];
  const [metrics, outputs] = [tensors[op.metrics]!.offset / 4, featuresOf(op.logits)];
  for (let k = 0; k < count * outputs; k++) {
    const error = values[k]! - targets[k]!;
    floats[metrics]! += error ** 2 / outputs;
    if (op.gradient) values[k] = (2 * error * scale) / outputs;
  }
}
