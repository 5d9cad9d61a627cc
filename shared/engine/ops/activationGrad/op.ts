// The gradient of an activation.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * `dy *= activation'`, in place; `source` is the activation's output (any layout) or, for relu and relu6 and compact
 * `dy`, its packed mask.
 */
export interface ActivationGradOp {
  readonly kind: 'activationGrad';
  readonly dy: number;
  readonly source: number;
  readonly function: ActivationFunction;
  readonly form: 'value' | 'bits';
}

export const activationGrad: OpKind<ActivationGradOp> = {
  operands: (op) => [op.dy, op.source],
};

/** The plain loops that all kernels of the op must match. */
export function runActivationGrad(
  { floatsOf, bytesOf, layoutOf, forEachElement, slope }: ReferenceMemory,
  op: ActivationGradOp,
): void {
  const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
  let bit = 0;
  forEachElement(layout, (n, i, j, c) => {
    const factor =
      op.form === 'bits'
        ? (bytesOf(op.source)[bit >> 3]! >> (bit & 7)) & 1
        : slope(op.function, floatsOf(op.source)[at(layoutOf(op.source), n, i, j, c)]!);
    dy[at(layout, n, i, j, c)]! *= factor;
    bit++;
  });
}
