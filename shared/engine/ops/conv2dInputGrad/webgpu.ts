// Input gradients of ungrouped convolutions, as a matrix product.

import { groupedConv2dInputGrad } from './groupedWebgpu.ts';
import type { Conv2dInputGradOp } from './op.ts';
import {
  addressFunction,
  imageOf,
  perSample,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { weightOf } from '../../webgpu/kernels/weight.ts';
import { gradientStart } from '../../webgpu/kernels/windows.ts';

/** Columns are input channels; the kernel is read backwards. */
export function conv2dInputGrad(plan: KernelPlan, op: Conv2dInputGradOp): Kernel {
  if (op.geometry.groups > 1) return groupedConv2dInputGrad(plan, op);
  return ungroupedConv2dInputGrad(plan, op);
}

function ungroupedConv2dInputGrad(plan: KernelPlan, op: Conv2dInputGradOp): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { kernelHeight, kernelWidth, inputChannels, filters } = op.geometry;
  const { height, width } = dx.layout;
  const [first, end] = op.outputs ?? [0, filters];
  const outputs = end - first;
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: perSample(height * width),
    columns: inputChannels,
    mostRows: plan.microBatch * height * width,
    depth: outputs,
    loops: [
      {
        times: `${kernelHeight}u`,
        a: (k) => `${k} * ${dy.bufferRow}u`,
        b: (k) => `(${kernelHeight - 1}u - ${k}) * ${kernelWidth * inputChannels * outputs}u`,
      },
      {
        times: `${kernelWidth}u`,
        a: (k) => `${k} * ${filters}u`,
        b: (k) => `(${kernelWidth - 1}u - ${k}) * ${inputChannels * outputs}u`,
      },
      { times: `${outputs}u`, a: (k) => k, b: (k) => k },
    ],
    loadA: (place, filter) => `scaled(load(${place}), ${filter})`,
    loadB: (place) => `weight(${place})`,
    sliced: 2,
    declarations: `${weight.functions}${addressFunction('at_dx', dx)}
fn row_start(m: u32) -> u32 {
  let line = m / ${width}u;
  return ${gradientStart(dy, op.geometry)} + ${first}u + (line / ${height}u) * ${dy.sample}u + (line % ${height}u) * ${dy.bufferRow}u + (m % ${width}u) * ${filters}u;
}
fn column_start(n: u32) -> u32 { return ${weight.start}u + n * ${outputs}u; }
fn result_start(m: u32) -> u32 { return at_dx(m * ${inputChannels}u); }
fn finish(start: u32, n: u32, sum: f32, column: f32) { store(start + n, ${op.accumulate ? 'load(start + n) + sum' : 'sum'}); }
`,
  });
}
