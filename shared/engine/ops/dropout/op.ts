// Dropout by a hash of the element.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';

/**
 * In place, forward on values and backward on gradients alike: element e of sample n of the batch (compact index) is
 * kept and divided by 1 - rate where `dropoutHash(seed, layerSeed, n * features + e) >= rate`, else zeroed.
 */
export interface DropoutOp {
  readonly kind: 'dropout';
  readonly x: number;
  readonly rate: number;
  readonly layerSeed: number;
}

export const dropout: OpKind<DropoutOp> = {
  operands: (op) => [op.x],
};

/** The plain loops that all kernels of the op must match. */
export function runDropout(
  { firstSample, seed, floatsOf, layoutOf, featuresOf, forEachElement, dropoutHash }: ReferenceMemory,
  op: DropoutOp,
): void {
  const [x, layout, features] = [floatsOf(op.x), layoutOf(op.x), featuresOf(op.x)];
  forEachElement(layout, (n, i, j, c) => {
    const element = (i * layout.width + j) * layout.channels + c;
    const isKept = dropoutHash(seed, op.layerSeed, (firstSample + n) * features + element) >= op.rate;
    x[at(layout, n, i, j, c)]! *= isKept ? 1 / (1 - op.rate) : 0;
  });
}
