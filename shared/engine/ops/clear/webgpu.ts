// Zeroes borders, or all, of an image.

import type { ClearOp } from './op.ts';
import { forEach, imageOf, perSample, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';

/** Of the samples of this micro-batch; nobody reads others. */
export function clear(plan: KernelPlan, op: ClearOp): Kernel {
  const x = imageOf(plan, op.x);
  const { channels, top, left, height, width, columns } = x.layout;
  if (op.what === 'all') return forEach(perSample(x.sample), `store(${x.start()} + e, 0.0);`);
  // A sample's border in its order: what lies before its first element row, between two rows, and behind the last.
  const border = x.sample - x.features;
  const [before, between, row] = [
    top * x.bufferRow + left * channels,
    (columns - width) * channels,
    width * channels,
  ];
  const rowsBefore = between === 0 ? `${height}u` : `min((b - ${before}u) / ${between}u + 1u, ${height}u)`;
  return forEach(
    perSample(border),
    `let b = e % ${border}u; var word = ${x.start()} + (e / ${border}u) * ${x.sample}u + b;
if (b >= ${before}u) { word += ${rowsBefore} * ${row}u; }
store(word, 0.0);`,
  );
}
