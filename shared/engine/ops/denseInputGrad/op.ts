// The gradient of a dense layer by its input.

import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

export interface DenseInputGradOp {
  readonly kind: 'denseInputGrad';
  readonly dy: number;
  readonly weight: number;
  readonly dx: number;
}

export const denseInputGrad: OpKind<DenseInputGradOp> = {
  operands: (op) => [op.dy, op.weight, op.dx],
  flops: (op, { count, features }) => 2 * count * features(op.dx) * features(op.dy),
};

/** The plain loops that all kernels of the op must match. */
export function runDenseInputGrad(
  { count, floatsOf, weightOf, featuresOf }: ReferenceMemory,
  op: DenseInputGradOp,
): void {
  const [dy, w, dx] = [floatsOf(op.dy), weightOf(op.weight), floatsOf(op.dx)];
  const [inputs, units] = [featuresOf(op.dx), featuresOf(op.dy)];
  for (let n = 0; n < count; n++)
    for (let k = 0; k < inputs; k++) {
      let sum = 0;
      for (let u = 0; u < units; u++) sum += dy[n * units + u]! * w[k * units + u]!;
      dx[n * inputs + k] = sum;
    }
}
