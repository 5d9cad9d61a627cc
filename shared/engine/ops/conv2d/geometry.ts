// The geometry of a convolution, of its gradients too.

import { lengthOf, type Range } from '../../range.ts';

/**
 * Convolution over an input whose border is at least the padding: output (i, j) reads input rows
 * `i * stride - padTop ...` and columns `j * stride - padLeft ...`, which lie in the border where they are negative.
 * Weights are `[kernelHeight, kernelWidth, inputChannels / groups, filters]`; filter f belongs to group
 * `floor(f / (filters / groups))` and reads that group's input channels. `groups` = inputChannels is depthwise.
 */
export interface ConvGeometry {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: 1 | 2;
  readonly padTop: number;
  readonly padLeft: number;
  readonly inputChannels: number;
  readonly filters: number;
  readonly groups: number;
}

/** As of a convolution that has these filters alone. */
export function ofOutputs(geometry: ConvGeometry, outputs: Range | undefined): ConvGeometry {
  return outputs ? { ...geometry, filters: lengthOf(outputs) } : geometry;
}

/** Floating-point operations of a convolution for each output pixel. */
export function flopsOfPixel({
  kernelHeight,
  kernelWidth,
  inputChannels,
  filters,
  groups,
}: ConvGeometry): number {
  return 2 * kernelHeight * kernelWidth * (inputChannels / groups) * filters;
}
