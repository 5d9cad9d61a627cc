// The input gradient of a stride-2 convolution reads an output gradient with a zero between neighbours. Of the four classes
// of outputs (even or odd row, even or odd column) each meets the values that are not zero with its own taps alone.

import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { Layout } from '../../tensors.ts';

/** A tap along one axis: rows (or columns) from the window's start in the buffer, and which row of the kernel it meets. */
export interface AxisTap {
  readonly at: number;
  readonly kernel: number;
}

/** The outputs `first`, `first + step`, ... along one axis. */
export interface AxisClass {
  readonly first: number;
  readonly count: number;
  readonly taps: readonly AxisTap[];
}

export interface ParityClass {
  readonly rows: AxisClass;
  readonly columns: AxisClass;
  /** Between the outputs of the class, and between its taps. */
  readonly step: number;
}

function axisClasses(extent: number, kernel: number, start: number, step: number): AxisClass[] {
  return Array.from({ length: Math.min(step, extent) }, (_, first) => ({
    first,
    count: Math.ceil((extent - first) / step),
    taps: Array.from({ length: kernel }, (_, at) => ({ at, kernel: kernel - 1 - at })).filter(
      ({ at }) => (first + at - start) % step === 0,
    ),
  }));
}

/** All classes of outputs; one with all taps where the stride is 1. */
export function parityClasses(geometry: ConvGeometry, dy: Layout, dx: Layout): ParityClass[] {
  const rows = axisClasses(dx.height, geometry.kernelHeight, dy.top, dy.step);
  const columns = axisClasses(dx.width, geometry.kernelWidth, dy.left, dy.step);
  return rows.flatMap((row) => columns.map((column) => ({ rows: row, columns: column, step: dy.step })));
}
