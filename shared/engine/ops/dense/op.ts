// Dense layers, with their activation.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** `y[count, units] = activation(x[count, inputs] * weight + bias)`. */
export interface DenseOp {
  readonly kind: 'dense';
  readonly x: number;
  readonly weight: number;
  readonly bias: number;
  readonly y: number;
  readonly activation: ActivationFunction | null;
}

export const dense: OpKind<DenseOp> = {
  operands: (op) => [op.x, op.weight, op.bias, op.y],
  flops: (op, { count, features }) => 2 * count * features(op.x) * features(op.y),
};

/** The plain loops that all kernels of the op must match. */
export function runDense(
  { count, floatsOf, weightOf, featuresOf, activate }: ReferenceMemory,
  op: DenseOp,
): void {
  const [x, w, b, y] = [floatsOf(op.x), weightOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
  const [inputs, units] = [featuresOf(op.x), featuresOf(op.y)];
  for (let n = 0; n < count; n++)
    for (let u = 0; u < units; u++) {
      let sum = b[u]!;
      for (let k = 0; k < inputs; k++) sum += x[n * inputs + k]! * w[k * units + u]!;
      y[n * units + u] = activate(op.activation, sum);
    }
}
