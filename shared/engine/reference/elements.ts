// Where elements lie, for the plain loops.

import type { PoolGeometry } from '../ops/poolGeometry.ts';
import type { Range } from '../range.ts';
import type { Layout, Matrix } from '../tensors.ts';

/** Element (n, i, j, c) of a layout, in elements from the tensor's start. */
export function at(layout: Layout, n: number, i: number, j: number, c: number): number {
  const { rows, columns, top, left, step, channels } = layout;
  return ((n * rows + top + i * step) * columns + left + j * step) * channels + c;
}

/** Calls `visit` with the index in the full tensor and in the packed slice of each element of the slice. */
export function forEachInSlice(
  { positions, inputs, outputs }: Matrix,
  slice: { readonly inputs: Range; readonly outputs: Range },
  visit: (full: number, packed: number, position: number, input: number, output: number) => void,
): void {
  let packed = 0;
  for (let p = 0; p < positions; p++)
    for (let k = slice.inputs[0]; k < slice.inputs[1]; k++)
      for (let u = slice.outputs[0]; u < slice.outputs[1]; u++)
        visit((p * inputs + k) * outputs + u, packed++, p, k, u);
}

/** Calls `visit` with row, column and position of each pixel of a pooling window. */
export function forEachInWindow(
  { size, stride }: PoolGeometry,
  i: number,
  j: number,
  visit: (row: number, column: number, k: number) => void,
): void {
  for (let k = 0; k < size[0] * size[1]; k++)
    visit(i * stride[0] + Math.floor(k / size[1]), j * stride[1] + (k % size[1]), k);
}

/** Mean and 1 / deviation of a sample's group. */
export function statsAt(
  stats: Float64Array,
  n: number,
  groups: number,
  group: number,
): readonly [number, number] {
  const index = (n * groups + group) * 2;
  return [stats[index]!, stats[index + 1]!];
}
