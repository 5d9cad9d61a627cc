// Where the windows of a convolution and of its gradient begin.

import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { Image } from './kernel.ts';

/** WGSL: word of the first input element that output (0, 0) of sample 0 reads. */
export function windowStart(x: Image, { padTop, padLeft }: ConvGeometry, more = 0): string {
  return x.first(more - padTop * x.bufferRow - padLeft * x.layout.channels);
}

/** WGSL: word of the first output gradient that input (0, 0) of sample 0 reads. */
export function gradientStart(dy: Image, geometry: ConvGeometry): string {
  const above = geometry.kernelHeight - 1 - geometry.padTop;
  const before = geometry.kernelWidth - 1 - geometry.padLeft;
  return dy.first(-above * dy.bufferRow - before * dy.layout.channels);
}
