// The gradient of a maximum.

import { at, forEachInWindow } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';
import type { PoolGeometry } from '../poolGeometry.ts';

/** Scatters `dy` (pooled) into `dx` through argmax; `dx` was cleared before. Where windows overlap, gradients add. */
export interface MaxPool2dGradOp {
  readonly kind: 'maxPool2dGrad';
  readonly dy: number;
  readonly argmax: number;
  readonly dx: number;
  readonly geometry: PoolGeometry;
}

export const maxPool2dGrad: OpKind<MaxPool2dGradOp> = {
  operands: (op) => [op.dy, op.argmax, op.dx],
};

/** The plain loops that all kernels of the op must match. */
export function runMaxPool2dGrad(
  { floatsOf, bytesOf, layoutOf, forEachElement }: ReferenceMemory,
  op: MaxPool2dGradOp,
): void {
  const [dy, dx, argmax] = [floatsOf(op.dy), floatsOf(op.dx), bytesOf(op.argmax)];
  const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
  forEachElement(from, (n, i, j, c) => {
    const winner = argmax[((n * from.height + i) * from.width + j) * from.channels + c]!;
    forEachInWindow(op.geometry, i, j, (row, column, k) => {
      if (k === winner) dx[at(to, n, row, column, c)]! += dy[at(from, n, i, j, c)]!;
    });
  });
}
