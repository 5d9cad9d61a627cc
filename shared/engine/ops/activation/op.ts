// An activation as an op of its own.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** In place. */
export interface ActivationOp {
  readonly kind: 'activation';
  readonly x: number;
  readonly function: ActivationFunction;
}

export const activation: OpKind<ActivationOp> = {
  operands: (op) => [op.x],
};

/** The plain loops that all kernels of the op must match. */
export function runActivation(
  { floatsOf, layoutOf, forEachElement, activate }: ReferenceMemory,
  op: ActivationOp,
): void {
  const [x, layout] = [floatsOf(op.x), layoutOf(op.x)];
  forEachElement(layout, (n, i, j, c) => {
    const index = at(layout, n, i, j, c);
    x[index] = activate(op.function, x[index]!);
  });
}
