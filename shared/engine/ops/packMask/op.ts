// What is kept of a relu or relu6 for its gradient.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/** One bit an element: bit e of the mask = activation has a gradient at x[e], e counting through compact `x`, least significant bit first. */
export interface PackMaskOp {
  readonly kind: 'packMask';
  readonly x: number;
  readonly mask: number;
  readonly function: 'relu' | 'relu6';
}

export const packMask: OpKind<PackMaskOp> = {
  operands: (op) => [op.x, op.mask],
};

/** The plain loops that all kernels of the op must match. */
export function runPackMask(
  { floatsOf, bytesOf, layoutOf, forEachElement, slope }: ReferenceMemory,
  op: PackMaskOp,
): void {
  const [x, layout, mask] = [floatsOf(op.x), layoutOf(op.x), bytesOf(op.mask)];
  mask.fill(0);
  let bit = 0;
  forEachElement(layout, (n, i, j, c) => {
    if (slope(op.function, x[at(layout, n, i, j, c)]!) > 0) mask[bit >> 3]! |= 1 << (bit & 7);
    bit++;
  });
}
