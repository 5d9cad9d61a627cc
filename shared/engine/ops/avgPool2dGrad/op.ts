// The gradient of an average.

import { at, forEachInWindow } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';
import type { PoolGeometry } from '../poolGeometry.ts';

/** Spreads `dy / window size` over `dx`, which was cleared before; overlapping windows add. */
export interface AvgPool2dGradOp {
  readonly kind: 'avgPool2dGrad';
  readonly dy: number;
  readonly dx: number;
  readonly geometry: PoolGeometry;
}

export const avgPool2dGrad: OpKind<AvgPool2dGradOp> = {
  operands: (op) => [op.dy, op.dx],
};

/** The plain loops that all kernels of the op must match. */
export function runAvgPool2dGrad(
  { floatsOf, layoutOf, forEachElement }: ReferenceMemory,
  op: AvgPool2dGradOp,
): void {
  const [dy, dx, from, to] = [floatsOf(op.dy), floatsOf(op.dx), layoutOf(op.dy), layoutOf(op.dx)];
  const pixels = op.geometry.size[0] * op.geometry.size[1];
  forEachElement(from, (n, i, j, c) => {
    forEachInWindow(op.geometry, i, j, (row, column) => {
      dx[at(to, n, row, column, c)]! += dy[at(from, n, i, j, c)]! / pixels;
    });
  });
}
