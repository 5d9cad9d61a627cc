// The gradient of a dense layer by its weight.

import { lengthOf } from '../../range.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { targetTensor, type GradientTarget } from '../gradientTarget.ts';
import type { OpKind } from '../opKind.ts';

export interface DenseWeightGradOp {
  readonly kind: 'denseWeightGrad';
  readonly x: number;
  readonly dy: number;
  readonly target: GradientTarget;
}

export const denseWeightGrad: OpKind<DenseWeightGradOp> = {
  operands: (op) => [op.x, op.dy, targetTensor(op.target)],
  flops: (op, { count }) => 2 * count * lengthOf(op.target.inputs) * lengthOf(op.target.outputs),
};

/** The plain loops that all kernels of the op must match. */
export function runDenseWeightGrad(
  { count, floatsOf, featuresOf, descend }: ReferenceMemory,
  op: DenseWeightGradOp,
): void {
  const [x, dy] = [floatsOf(op.x), floatsOf(op.dy)];
  const [inputs, units] = [featuresOf(op.x), featuresOf(op.dy)];
  descend({ positions: 1, inputs, outputs: units }, op.target, (_position, k, u) => {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += x[n * inputs + k]! * dy[n * units + u]!;
    return sum;
  });
}
