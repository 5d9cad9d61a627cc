// The gradient of a dense layer by its input.

import { lengthOf, type Range } from '../../range.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

export interface DenseInputGradOp {
  readonly kind: 'denseInputGrad';
  readonly dy: number;
  readonly weight: number;
  readonly dx: number;
  /** The weight is a slice held apart, of these outputs: what they give is added to dx. Default: all, and dx is written. */
  readonly outputs?: Range;
}

export const denseInputGrad: OpKind<DenseInputGradOp> = {
  operands: (op) => [op.dy, op.weight, op.dx],
  flops: (op, { count, features }) =>
    2 * count * features(op.dx) * (op.outputs ? lengthOf(op.outputs) : features(op.dy)),
};

/** The plain loops that all kernels of the op must match. */
export function runDenseInputGrad(
  { count, floatsOf, weightOf, featuresOf }: ReferenceMemory,
  op: DenseInputGradOp,
): void {
  const [dy, w, dx] = [floatsOf(op.dy), weightOf(op.weight), floatsOf(op.dx)];
  const [inputs, units] = [featuresOf(op.dx), featuresOf(op.dy)];
  const [first, end] = op.outputs ?? [0, units];
  for (let n = 0; n < count; n++)
    for (let k = 0; k < inputs; k++) {
      let sum = op.outputs ? dx[n * inputs + k]! : 0;
      for (let u = first; u < end; u++) sum += dy[n * units + u]! * w[k * (end - first) + u - first]!;
      dx[n * inputs + k] = sum;
    }
}
