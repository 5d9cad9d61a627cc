// A convolution and the depthwise one that alone reads it.

import type { ActivationFunction } from '../../activations/activationFunction.ts';
import { convolution } from '../../reference/convolution.ts';
import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { flopsOfPixel, type ConvGeometry } from '../conv2d/geometry.ts';
import type { OpKind } from '../opKind.ts';

/** One convolution of an op that makes two. */
export interface ConvStep {
  readonly weight: number;
  readonly bias: number;
  readonly geometry: ConvGeometry;
  readonly activation: ActivationFunction | null;
}

/**
 * Two convolutions in one pass, the second depthwise. The image between them, `expandedHeight` high, never exists as a
 * whole: `rows` (scratch of one sample) has room for the rows that a strip of outputs reads, with the border at its left
 * and right that the second pads with. A backend that needs no such room leaves `rows` alone.
 */
export interface ExpandDepthwiseOp {
  readonly kind: 'expandDepthwise';
  readonly x: number;
  readonly expand: ConvStep;
  readonly depthwise: ConvStep;
  readonly y: number;
  readonly rows: number;
  readonly expandedHeight: number;
}

export const expandDepthwise: OpKind<ExpandDepthwiseOp> = {
  operands: (op) => [
    op.x,
    op.expand.weight,
    op.expand.bias,
    op.depthwise.weight,
    op.depthwise.bias,
    op.y,
    op.rows,
  ],
  flops: (op, { count, pixels, width }) =>
    count * op.expandedHeight * width(op.rows) * flopsOfPixel(op.expand.geometry) +
    count * pixels(op.y) * flopsOfPixel(op.depthwise.geometry),
};

/** The plain loops that all kernels of the op must match. */
export function runExpandDepthwise(
  { floatsOf, weightOf, layoutOf, forEachElement, activate }: ReferenceMemory,
  op: ExpandDepthwiseOp,
): void {
  const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
  const [height, { width }] = [op.expandedHeight, layoutOf(op.rows)];
  const { expand, depthwise } = op;
  const expanded = convolution(
    (n, i, j, c) => x[at(from, n, i, j, c)]!,
    weightOf(expand.weight),
    floatsOf(expand.bias),
    expand.geometry,
  );
  const convolved = convolution(
    (n, i, j, c) =>
      i >= 0 && i < height && j >= 0 && j < width ? activate(expand.activation, expanded(n, i, j, c)) : 0,
    floatsOf(depthwise.weight),
    floatsOf(depthwise.bias),
    depthwise.geometry,
  );
  forEachElement(to, (n, i, j, c) => {
    y[at(to, n, i, j, c)] = activate(depthwise.activation, convolved(n, i, j, c));
  });
}
