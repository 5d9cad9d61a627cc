// A convolution and the depthwise one that reads it, a tile of outputs at a time: a workgroup first makes what the tile
// reads of the image between them, in workgroup memory, for some channels. The op's scratch rows are not used.

import type { ExpandDepthwiseOp } from './op.ts';
import { activateFunction } from '../../webgpu/kernels/activation.ts';
import {
  addressFunction,
  imageOf,
  kernel,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { weightOf } from '../../webgpu/kernels/weight.ts';
import { windowStart } from '../../webgpu/kernels/windows.ts';

const LANES = 64;

/** Channels that an invocation makes of one expanded pixel, and that a workgroup makes. */
const QUAD = 4;

const CHANNELS = 16;

/** Floats of workgroup memory, by WebGPU's guaranteed limit. */
const MAX_EXPANDED = 4096;

const TILES = [
  [8, 8],
  [4, 8],
  [4, 4],
  [2, 2],
  [1, 1],
] as const;

export function expandDepthwise(plan: KernelPlan, op: ExpandDepthwiseOp): Kernel {
  const { expand, depthwise } = op;
  const [x, y, rows] = [imageOf(plan, op.x), imageOf(plan, op.y), imageOf(plan, op.rows)];
  const weight = weightOf(plan, expand.weight);
  const run = expand.geometry.kernelWidth * expand.geometry.inputChannels;
  const { kernelHeight, kernelWidth, stride, padTop, padLeft } = depthwise.geometry;
  const { height, width, channels } = y.layout;
  const extent = (outputs: number, size: number) => (outputs - 1) * stride + size;
  const numExpanded = ([down, across]: readonly [number, number]) =>
    extent(down, kernelHeight) * extent(across, kernelWidth) * CHANNELS;
  const tile = TILES.find((size) => numExpanded(size) <= MAX_EXPANDED);
  if (!tile)
    throw new RangeError(`a depthwise kernel of ${kernelHeight} x ${kernelWidth} is too large to be fused`);
  const [tileHeight, tileWidth] = tile;
  const columns = extent(tileWidth, kernelWidth);
  const quad = [...Array(QUAD).keys()];
  const [down, across] = [Math.ceil(height / tileHeight), Math.ceil(width / tileWidth)];
  const code = `${weight.functions}${activateFunction(expand.activation, 'activate_expanded')}${activateFunction(depthwise.activation)}${addressFunction('at_y', y)}
var<workgroup> expanded: array<f32, ${numExpanded(tile)}>;
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
let top = (group.x / ${across}u) * ${tileHeight}u; let left = (group.x % ${across}u) * ${tileWidth}u;
let channel = group.y * ${CHANNELS}u;
for (var e = lane; e < ${numExpanded(tile) / QUAD}u; e += ${LANES}u) {
let pixel = e / ${CHANNELS / QUAD}u; let first = (e % ${CHANNELS / QUAD}u) * ${QUAD}u;
let i = i32(top * ${stride}u + pixel / ${columns}u) - ${padTop}; let j = i32(left * ${stride}u + pixel % ${columns}u) - ${padLeft};
${quad.map((k) => `var s${k} = 0.0;`).join(' ')}
if (i >= 0 && i < ${op.expandedHeight} && j >= 0 && j < ${rows.layout.width}) {
let a = ${windowStart(x, expand.geometry)} + group.z * ${x.sample}u
  + u32(i) * ${expand.geometry.stride * x.bufferRow}u + u32(j) * ${expand.geometry.stride * x.layout.channels}u;
${quad.map((k) => `let f${k} = min(channel + first + ${k}u, ${channels - 1}u);`).join(' ')}
for (var p = 0u; p < ${expand.geometry.kernelHeight}u; p++) {
for (var r = 0u; r < ${run}u; r++) {
let value = load(a + p * ${x.bufferRow}u + r); let b = ${weight.start}u + (p * ${run}u + r) * ${channels}u;
${quad.map((k) => `s${k} += value * weight(b + f${k});`).join(' ')}
} }
${quad.map((k) => `s${k} = activate_expanded(scaled(s${k}, f${k}) + load(${wordOf(plan, expand.bias)}u + f${k}));`).join('\n')}
}
${quad.map((k) => `expanded[pixel * ${CHANNELS}u + first + ${k}u] = s${k};`).join(' ')}
}
workgroupBarrier();
for (var e = lane; e < ${tileHeight * tileWidth * CHANNELS}u; e += ${LANES}u) {
let pixel = e / ${CHANNELS}u; let c = channel + e % ${CHANNELS}u;
let i = pixel / ${tileWidth}u; let j = pixel % ${tileWidth}u;
if (top + i >= ${height}u || left + j >= ${width}u || c >= ${channels}u) { continue; }
var sum = load(${wordOf(plan, depthwise.bias)}u + c);
for (var p = 0u; p < ${kernelHeight}u; p++) {
for (var q = 0u; q < ${kernelWidth}u; q++) {
sum += expanded[((i * ${stride}u + p) * ${columns}u + j * ${stride}u + q) * ${CHANNELS}u + e % ${CHANNELS}u]
  * load(${wordOf(plan, depthwise.weight)}u + (p * ${kernelWidth}u + q) * ${channels}u + c);
} }
store(at_y(((group.z * ${height}u + top + i) * ${width}u + left + j) * ${channels}u + c), activate(sum));
}
}
`;
  return kernel(code, (count) => [down * across, Math.ceil(channels / CHANNELS), count]);
}
