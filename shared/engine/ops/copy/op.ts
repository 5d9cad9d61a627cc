// Copies an image between layouts.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** Element (n, i, j, c) of `x` to the same element of `y`, between layouts. */
export interface CopyOp {
  readonly kind: 'copy';
  readonly x: number;
  readonly y: number;
}

export const copy: OpKind<CopyOp> = {
  operands: (op) => [op.x, op.y],
};

/** The plain loops that all kernels of the op must match. */
export function runCopy({ floatsOf, layoutOf, forEachElement }: ReferenceMemory, op: CopyOp): void {
  const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
  forEachElement(to, (n, i, j, c) => {
    y[at(to, n, i, j, c)] = x[at(from, n, i, j, c)]!;
  });
}
