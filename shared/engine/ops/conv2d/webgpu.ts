// Ungrouped convolutions: matrix products over the images as they lie. A kernel row of a channels-last image is one run of
// kernelWidth * inputChannels neighbours, so nothing is unfolded.

import { groupedConv2d } from './groupedWebgpu.ts';
import { pooledConv2d } from './pooledWebgpu.ts';
import type { Conv2dOp } from './op.ts';
import { activateFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  imageOf,
  perSample,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { multiply } from '../../webgpu/kernels/multiply.ts';
import { weightOf } from '../../webgpu/kernels/weight.ts';
import { windowStart } from '../../webgpu/kernels/windows.ts';

export function conv2d(plan: KernelPlan, op: Conv2dOp): Kernel {
  if (op.geometry.groups > 1) return groupedConv2d(plan, op);
  return op.pool ? pooledConv2d(plan, op) : ungroupedConv2d(plan, op);
}

function ungroupedConv2d(plan: KernelPlan, op: Conv2dOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
  const { height, width } = y.layout;
  const run = kernelWidth * inputChannels;
  const [first, end] = op.outputs ?? [0, filters];
  const columns = end - first;
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: perSample(height * width),
    columns,
    mostRows: plan.microBatch * height * width,
    depth: run,
    loops: [
      {
        times: `${kernelHeight}u`,
        a: (k) => `${k} * ${x.bufferRow}u`,
        b: (k) => `${k} * ${run * columns}u`,
      },
      { times: `${run}u`, a: (k) => k, b: (k) => `${k} * ${columns}u` },
    ],
    loadB: (place) => `weight(${place})`,
    perColumn: (n) => `load(${wordOf(plan, op.bias) + first}u + ${n})`,
    sliced: 1,
    declarations: `${weight.functions}${activateFunction(op.activation)}${addressFunction('at_y', y)}
fn row_start(m: u32) -> u32 {
  let line = m / ${width}u;
  return ${windowStart(x, op.geometry)} + (line / ${height}u) * ${x.sample}u + (line % ${height}u) * ${stride * x.bufferRow}u + (m % ${width}u) * ${stride * x.layout.channels}u;
}
fn column_start(n: u32) -> u32 { return ${weight.start}u + n; }
fn result_start(m: u32) -> u32 { return at_y(m * ${filters}u + ${first}u); }
fn finish(start: u32, n: u32, sum: f32, bias: f32) { store(start + n, activate(scaled(sum, n) + bias)); }
`,
  });
}
