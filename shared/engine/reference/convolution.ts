// One output of a convolution by plain loops, whatever the image is read from.

import type { ConvGeometry } from '../ops/conv2d/geometry.ts';

/** Element (n, i, j, c) of an image; i and j may lie in its border. */
export type Read = (n: number, i: number, j: number, c: number) => number;

/** The convolution with these weights and biases of what `read` reads, before its activation. */
export function convolution(
  read: Read,
  weights: ArrayLike<number>,
  biases: ArrayLike<number>,
  { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels, filters, groups }: ConvGeometry,
): Read {
  const perGroup = inputChannels / groups;
  return (n, i, j, f) => {
    const firstChannel = Math.floor(f / (filters / groups)) * perGroup;
    let sum = biases[f]!;
    for (let p = 0; p < kernelHeight; p++)
      for (let q = 0; q < kernelWidth; q++)
        for (let c = 0; c < perGroup; c++)
          sum +=
            read(n, i * stride + p - padTop, j * stride + q - padLeft, firstChannel + c) *
            weights[((p * kernelWidth + q) * perGroup + c) * filters + f]!;
    return sum;
  };
}
