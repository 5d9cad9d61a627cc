// Dense layers, with their activation.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { lengthOf, type Range } from '../../range.ts';
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
  /** The weight is a slice held apart, of these outputs: no others of y are written. Default: all. */
  readonly outputs?: Range;
}

export const dense: OpKind<DenseOp> = {
  operands: (op) => [op.x, op.weight, op.bias, op.y],
  flops: (op, { count, features }) =>
    2 * count * features(op.x) * (op.outputs ? lengthOf(op.outputs) : features(op.y)),
};

/** The plain loops that all kernels of the op must match. */
export function runDense(
  { count, floatsOf, weightOf, featuresOf, activate }: ReferenceMemory,
  op: DenseOp,
): void {
  const [x, w, b, y] = [floatsOf(op.x), weightOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
  const [inputs, units] = [featuresOf(op.x), featuresOf(op.y)];
  const [first, end] = op.outputs ?? [0, units];
  for (let n = 0; n < count; n++)
    for (let u = first; u < end; u++) {
      let sum = b[u]!;
      for (let k = 0; k < inputs; k++) sum += x[n * inputs + k]! * w[k * (end - first) + u - first]!;
      y[n * units + u] = activate(op.activation, sum);
    }
}
