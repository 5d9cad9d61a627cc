// The gradient of a convolution by its weight.

import { at } from '../../reference/elements.ts';
import type { ReferenceMemory } from '../../reference/memory.ts';
import { flopsOfPixel, type ConvGeometry } from '../conv2d/geometry.ts';
import { shareOf, targetTensor, type GradientTarget } from '../gradientTarget.ts';
import type { OpKind } from '../opKind.ts';

export interface Conv2dWeightGradOp {
  readonly kind: 'conv2dWeightGrad';
  readonly x: number;
  readonly dy: number;
  readonly target: GradientTarget;
  readonly geometry: ConvGeometry;
}

export const conv2dWeightGrad: OpKind<Conv2dWeightGradOp> = {
  operands: (op) => [op.x, op.dy, targetTensor(op.target)],
  flops: (op, { count, pixels }) =>
    count *
    pixels(op.dy) *
    flopsOfPixel(op.geometry) *
    shareOf(op.target, op.geometry.inputChannels / op.geometry.groups, op.geometry.filters),
};

/** The plain loops that all kernels of the op must match. */
export function runConv2dWeightGrad(
  { count, floatsOf, layoutOf, descend }: ReferenceMemory,
  op: Conv2dWeightGradOp,
): void {
  const [x, dy] = [floatsOf(op.x), floatsOf(op.dy)];
  const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
  const { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels, filters, groups } = op.geometry;
  const perGroup = inputChannels / groups;
  const matrix = { positions: kernelHeight * kernelWidth, inputs: perGroup, outputs: filters };
  descend(matrix, op.target, (position, input, f) => {
    const [p, q] = [Math.floor(position / kernelWidth), position % kernelWidth];
    const channel = Math.floor(f / (filters / groups)) * perGroup + input;
    let sum = 0;
    for (let n = 0; n < count; n++)
      for (let i = 0; i < out.height; i++)
        for (let j = 0; j < out.width; j++)
          sum +=
            x[at(from, n, i * stride + p - padTop, j * stride + q - padLeft, channel)]! *
            dy[at(out, n, i, j, f)]!;
    return sum;
  });
}
