// Pooling windows, and which of them lie over an element.

import type { PoolGeometry } from '../../ops/poolGeometry.ts';
import type { Image } from './kernel.ts';

/** WGSL lets `c`, `i`, `j` and `n` of compact element `e`. */
export function split({ layout: { height, width, channels } }: Image, e: string): string {
  return `let c = ${e} % ${channels}u; let pixel = ${e} / ${channels}u; let j = pixel % ${width}u;
let line = pixel / ${width}u; let i = line % ${height}u; let n = line / ${height}u;`;
}

/** Runs `body` for each window (`wi`, `wj`) of the pooled image over element (`i`, `j`). */
export function overWindows({ layout }: Image, { size, stride }: PoolGeometry, body: string): string {
  const range = (at: string, axis: 0 | 1, most: number): string =>
    `let ${at}_from = select(0u, (${at} + ${stride[axis]}u - ${size[axis]}u) / ${stride[axis]}u, ${at} >= ${size[axis]}u);
let ${at}_to = min(${at} / ${stride[axis]}u + 1u, ${most}u);`;
  return `${range('i', 0, layout.height)}
${range('j', 1, layout.width)}
var sum = 0.0;
for (var wi = i_from; wi < i_to; wi++) { for (var wj = j_from; wj < j_to; wj++) {
${body}
} }`;
}
