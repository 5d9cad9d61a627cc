// Weight gradients of ungrouped convolutions, as a matrix product.

import { groupedConv2dWeightGrad } from './groupedWebgpu.ts';
import type { Conv2dWeightGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { fixed, imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { descendFunction } from '../../webgpu/kernels/target.ts';
import { windowStart } from '../../webgpu/kernels/windows.ts';

/** Rows are kernel positions x input channels of the slice, the sum runs over all pixels of all samples. */
export function conv2dWeightGrad(plan: KernelPlan, op: Conv2dWeightGradOp): Kernel {
  if (op.geometry.groups > 1) return groupedConv2dWeightGrad(plan, op);
  return ungroupedConv2dWeightGrad(plan, op);
}

function ungroupedConv2dWeightGrad(plan: KernelPlan, op: Conv2dWeightGradOp): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { kernelHeight, kernelWidth, stride, inputChannels } = op.geometry;
  const { inputs, outputs } = op.target;
  const { height, width } = dy.layout;
  const numInputs = lengthOf(inputs);
  const rows = kernelHeight * kernelWidth * numInputs;
  return multiply(plan, {
    rows: fixed(rows),
    columns: lengthOf(outputs),
    mostRows: rows,
    depth: plan.microBatch * height * 8,
    loops: [
      {
        times: `(args.count * ${height}u)`,
        a: (k) => `(${k} / ${height}u) * ${x.sample}u + (${k} % ${height}u) * ${stride * x.bufferRow}u`,
        b: (k) => `(${k} / ${height}u) * ${dy.sample}u + (${k} % ${height}u) * ${dy.row}u`,
      },
      {
        times: `${width}u`,
        a: (k) => `${k} * ${stride * inputChannels}u`,
        b: (k) => `${k} * ${dy.pixel}u`,
      },
    ],
    sliced: 0,
    declarations: `${descendFunction(plan, op.target)}
fn row_start(m: u32) -> u32 {
  let position = m / ${numInputs}u;
  return ${windowStart(x, op.geometry, inputs[0])} + (position / ${kernelWidth}u) * ${x.bufferRow}u + (position % ${kernelWidth}u) * ${inputChannels}u + m % ${numInputs}u;
}
fn column_start(n: u32) -> u32 { return ${dy.first(outputs[0])} + n; }
fn result_start(m: u32) -> u32 { return descend_word(m, 0u); }
fn finish(start: u32, n: u32, sum: f32, column: f32) { descend_at(start + n, sum); }
`,
  });
}
