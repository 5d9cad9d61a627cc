// Convolutions and their gradients, ungrouped: matrix products over the images as they lie. A kernel row of a channels-last
// image is one run of kernelWidth * inputChannels neighbours, so nothing is unfolded.

import { activateFunction } from './activation.ts';
import { addressFunction, fixed, imageOf, perSample, wordOf } from './kernel.ts';
import type { Image, Kernel, KernelPlan, OpOf } from './kernel.ts';
import { multiply } from './multiply.ts';
import { lengthOf } from '../../scheme.ts';
import { descendFunction } from './target.ts';
import { weightOf } from './weight.ts';
import type { ConvGeometry } from '../../plan.ts';

/** WGSL: word of the first input element that output (0, 0) of sample 0 reads. */
export function windowStart(x: Image, { padTop, padLeft }: ConvGeometry, more = 0): string {
  return x.first(more - padTop * x.bufferRow - padLeft * x.layout.channels);
}

export function conv2d(plan: KernelPlan, op: OpOf<'conv2d'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
  const { height, width } = y.layout;
  const run = kernelWidth * inputChannels;
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: perSample(height * width),
    columns: filters,
    mostRows: plan.microBatch * height * width,
    depth: run,
    loops: [
      {
        times: `${kernelHeight}u`,
        a: (k) => `${k} * ${x.bufferRow}u`,
        b: (k) => `${k} * ${run * filters}u`,
      },
      { times: `${run}u`, a: (k) => k, b: (k) => `${k} * ${filters}u` },
    ],
    loadB: (place) => `weight(${place})`,
    perColumn: (n) => `load(${wordOf(plan, op.bias)}u + ${n})`,
    sliced: 1,
    declarations: `${weight.functions}${activateFunction(op.activation)}${addressFunction('at_y', y)}
fn row_start(m: u32) -> u32 {
  let line = m / ${width}u;
  return ${windowStart(x, op.geometry)} + (line / ${height}u) * ${x.sample}u + (line % ${height}u) * ${stride * x.bufferRow}u + (m % ${width}u) * ${stride * x.layout.channels}u;
}
fn column_start(n: u32) -> u32 { return ${weight.start}u + n; }
fn result_start(m: u32) -> u32 { return at_y(m * ${filters}u); }
fn finish(start: u32, n: u32, sum: f32, bias: f32) { store(start + n, activate(scaled(sum, n) + bias)); }
`,
  });
}

/** Columns are input channels; the kernel is read backwards. */
export function conv2dInputGrad(plan: KernelPlan, op: OpOf<'conv2dInputGrad'>): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { kernelHeight, kernelWidth, inputChannels, filters } = op.geometry;
  const { height, width } = dx.layout;
  const weight = weightOf(plan, op.weight);
  return multiply(plan, {
    rows: perSample(height * width),
    columns: inputChannels,
    mostRows: plan.microBatch * height * width,
    depth: filters,
    loops: [
      {
        times: `${kernelHeight}u`,
        a: (k) => `${k} * ${dy.bufferRow}u`,
        b: (k) => `(${kernelHeight - 1}u - ${k}) * ${kernelWidth * inputChannels * filters}u`,
      },
      {
        times: `${kernelWidth}u`,
        a: (k) => `${k} * ${filters}u`,
        b: (k) => `(${kernelWidth - 1}u - ${k}) * ${inputChannels * filters}u`,
      },
      { times: `${filters}u`, a: (k) => k, b: (k) => k },
    ],
    loadA: (place, filter) => `scaled(load(${place}), ${filter})`,
    loadB: (place) => `weight(${place})`,
    sliced: 2,
    declarations: `${weight.functions}${addressFunction('at_dx', dx)}
fn row_start(m: u32) -> u32 {
  let line = m / ${width}u;
  return ${gradientStart(dy, op.geometry)} + (line / ${height}u) * ${dy.sample}u + (line % ${height}u) * ${dy.bufferRow}u + (m % ${width}u) * ${filters}u;
}
fn column_start(n: u32) -> u32 { return ${weight.start}u + n * ${filters}u; }
fn result_start(m: u32) -> u32 { return at_dx(m * ${inputChannels}u); }
fn finish(start: u32, n: u32, sum: f32, column: f32) { store(start + n, ${op.accumulate ? 'load(start + n) + sum' : 'sum'}); }
`,
  });
}

/** WGSL: word of the first output gradient that input (0, 0) of sample 0 reads. */
export function gradientStart(dy: Image, geometry: ConvGeometry): string {
  const above = geometry.kernelHeight - 1 - geometry.padTop;
  const before = geometry.kernelWidth - 1 - geometry.padLeft;
  return dy.first(-above * dy.bufferRow - before * dy.layout.channels);
}

/** Rows are kernel positions x input channels of the slice, the sum runs over all pixels of all samples. */
export function conv2dWeightGrad(plan: KernelPlan, op: OpOf<'conv2dWeightGrad'>): Kernel {
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
