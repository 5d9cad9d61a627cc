// Average pooling.

import { at, forEachInWindow } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import type { OpKind } from '../opKind.ts';
import type { PoolGeometry } from '../poolGeometry.ts';

export interface AvgPool2dOp {
  readonly kind: 'avgPool2d';
  readonly x: number;
  readonly y: number;
  readonly geometry: PoolGeometry;
}

export const avgPool2d: OpKind<AvgPool2dOp> = {
  operands: (op) => [op.x, op.y],
};

/** The plain loops that all kernels of the op must match. */
export function runAvgPool2d({ floatsOf, layoutOf, forEachElement }: ReferenceMemory, op: AvgPool2dOp): void {
  const [x, y] = [floatsOf(op.x), floatsOf(op.y)];
  const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
  const pixels = op.geometry.size[0] * op.geometry.size[1];
  forEachElement(to, (n, i, j, c) => {
    let sum = 0;
    forEachInWindow(op.geometry, i, j, (row, column) => {
      sum += x[at(from, n, row, column, c)]!;
    });
    y[at(to, n, i, j, c)] = sum / pixels;
  });
}
