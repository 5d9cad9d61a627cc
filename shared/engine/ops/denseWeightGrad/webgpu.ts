// Weight gradients of dense layers.

import type { DenseWeightGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { fixed, imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { descendFunction } from '../../webgpu/kernels/target.ts';

/** Sum over the samples of transposed x * dy, for the slice. */
export function denseWeightGrad(plan: KernelPlan, op: DenseWeightGradOp): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { inputs, outputs } = op.target;
  return multiply(plan, {
    rows: fixed(lengthOf(inputs)),
    columns: lengthOf(outputs),
    mostRows: lengthOf(inputs),
    depth: plan.microBatch,
    loops: [{ times: 'args.count', a: (k) => `${k} * ${x.features}u`, b: (k) => `${k} * ${dy.features}u` }],
    sliced: 0,
    declarations: `${descendFunction(plan, op.target)}
fn row_start(m: u32) -> u32 { return ${x.start(inputs[0])} + m; }
fn column_start(n: u32) -> u32 { return ${dy.start(outputs[0])} + n; }
fn result_start(m: u32) -> u32 { return descend_word(m, 0u); }
fn finish(start: u32, n: u32, sum: f32, column: f32) { descend_at(start + n, sum); }
`,
  });
}
