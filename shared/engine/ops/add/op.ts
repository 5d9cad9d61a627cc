// Adds an image to another.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** `y += x`, element (n, i, j, c) by element, between layouts. */
export interface AddOp {
  readonly kind: 'add';
  readonly x: number;
  readonly y: number;
}

export const add: OpKind<AddOp> = {
  operands: (op) => [op.x, op.y],
};

/** The plain loops that all kernels of the op must match. */
export function runAdd({ floatsOf, layoutOf, forEachElement }: ReferenceMemory, op: AddOp): void {
  const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
  forEachElement(to, (n, i, j, c) => {
    y[at(to, n, i, j, c)]! += x[at(from, n, i, j, c)]!;
  });
}
