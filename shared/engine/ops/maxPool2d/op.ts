// Max-pooling that is not fused into a convolution.

import { at, forEachInWindow } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';
import type { PoolGeometry } from '../poolGeometry.ts';

export interface MaxPool2dOp {
  readonly kind: 'maxPool2d';
  readonly x: number;
  readonly y: number;
  readonly geometry: PoolGeometry;
  /** Position in the window, row-major, compact. */
  readonly argmax: number | null;
  /** What the pooled values have gone through before; 255 in argmax where it has no gradient. */
  readonly activation: 'relu' | 'relu6' | null;
}

export const maxPool2d: OpKind<MaxPool2dOp> = {
  operands: (op) => [op.x, op.y, op.argmax],
};

/** The plain loops that all kernels of the op must match. */
export function runMaxPool2d(
  { floatsOf, bytesOf, layoutOf, forEachElement, slope }: ReferenceMemory,
  op: MaxPool2dOp,
): void {
  const [x, y] = [floatsOf(op.x), floatsOf(op.y)];
  const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
  const argmax = op.argmax === null ? null : bytesOf(op.argmax);
  forEachElement(to, (n, i, j, c) => {
    let value = -Infinity;
    let winner = 0;
    forEachInWindow(op.geometry, i, j, (row, column, k) => {
      const candidate = x[at(from, n, row, column, c)]!;
      if (candidate > value) [value, winner] = [candidate, k];
    });
    y[at(to, n, i, j, c)] = value;
    const isDead = op.activation !== null && slope(op.activation, value) === 0;
    if (argmax) argmax[((n * to.height + i) * to.width + j) * to.channels + c] = isDead ? 255 : winner;
  });
}
