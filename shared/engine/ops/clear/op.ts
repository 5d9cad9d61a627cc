// Zeroes borders, or all, of an image.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** Zeroes all of `x` outside its elements (per sample), or all of it where `step` > 1 or it is scattered into. */
export interface ClearOp {
  readonly kind: 'clear';
  readonly x: number;
  readonly what: 'border' | 'all';
}

export const clear: OpKind<ClearOp> = {
  operands: (op) => [op.x],
};

/** The plain loops that all kernels of the op must match. */
export function runClear({ floatsOf, layoutOf, forEachElement }: ReferenceMemory, op: ClearOp): void {
  const [x, layout] = [floatsOf(op.x), layoutOf(op.x)];
  const kept = new Map<number, number>();
  if (op.what === 'border')
    forEachElement(layout, (n, i, j, c) => kept.set(at(layout, n, i, j, c), x[at(layout, n, i, j, c)]!));
  x.fill(0);
  for (const [index, value] of kept) x[index] = value;
}
