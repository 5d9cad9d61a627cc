// The gradient of a convolution by its input.

import { at } from '../../reference/elements.ts';
import type { Range } from '../../range.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { flopsOfPixel, ofOutputs, type ConvGeometry } from '../conv2d/geometry.ts';
import type { OpKind } from '../opKind.ts';

/**
 * `dx` = full correlation of `dy` with the flipped kernel, added to what `dx` holds if `accumulate`. `dy`'s layout is
 * padded (and zero-stuffed at stride 2) so that a valid stride-1 convolution over it yields height x width of `dx`:
 * its border is kernel - 1 - pad at the top and left.
 */
export interface Conv2dInputGradOp {
  readonly kind: 'conv2dInputGrad';
  readonly dy: number;
  readonly weight: number;
  readonly dx: number;
  readonly geometry: ConvGeometry;
  readonly accumulate: boolean;
  /** The weight is a slice held apart, of these filters (groups = 1 only): what they alone give. Default: all. */
  readonly outputs?: Range;
}

export const conv2dInputGrad: OpKind<Conv2dInputGradOp> = {
  operands: (op) => [op.dy, op.weight, op.dx],
  flops: (op, { count, pixels }) => count * pixels(op.dy) * flopsOfPixel(ofOutputs(op.geometry, op.outputs)),
};

/** The plain loops that all kernels of the op must match. */
export function runConv2dInputGrad(
  { floatsOf, weightOf, layoutOf, forEachElement }: ReferenceMemory,
  op: Conv2dInputGradOp,
): void {
  const [dy, w, dx] = [floatsOf(op.dy), weightOf(op.weight), floatsOf(op.dx)];
  const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
  const { kernelHeight, kernelWidth, inputChannels, filters, groups } = op.geometry;
  const perGroup = inputChannels / groups;
  const [first, end] = op.outputs ?? [0, filters];
  const filtersPerGroup = (end - first) / groups;
  forEachElement(to, (n, i, j, c) => {
    const group = Math.floor(c / perGroup);
    let sum = op.accumulate ? dx[at(to, n, i, j, c)]! : 0;
    for (let p = 0; p < kernelHeight; p++)
      for (let q = 0; q < kernelWidth; q++)
        for (let f = group * filtersPerGroup; f < (group + 1) * filtersPerGroup; f++) {
          const flipped = (kernelHeight - 1 - p) * kernelWidth + kernelWidth - 1 - q;
          sum +=
            dy[((n * from.rows + i + p) * from.columns + j + q) * filters + first + f]! *
            w[(flipped * perGroup + c - group * perGroup) * (end - first) + f]!;
        }
    dx[at(to, n, i, j, c)] = sum;
  });
}
