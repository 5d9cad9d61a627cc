// Convolution + bias + activation + 2 x 2 max-pool in one pass. An invocation makes four neighbouring outputs or a
// multiple, so that it owns whole words of the packed argmax and no two invocations write one word.

import type { Conv2dOp } from './op.ts';
import { activateFunction, slopeFunction } from '../../webgpu/kernels/activation.ts';
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

const FOUR = [0, 1, 2, 3] as const;

export function pooledConv2d(plan: KernelPlan, op: Conv2dOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
  const { height, width } = y.layout;
  const run = kernelWidth * inputChannels;
  const [first, end] = op.outputs ?? [0, filters];
  const columns = end - first;
  const weight = weightOf(plan, op.weight);
  const numOutputs = plan.isSoftware ? ([16, 8].find((size) => filters % size === 0) ?? 4) : 4;
  const outputs = [...Array(numOutputs).keys()];
  /** All of one pixel: they share what they read of the image. */
  const pixels = filters % numOutputs === 0 ? [0] : outputs;
  const pixelOf = (e: number): number => (pixels.length === 1 ? 0 : e);
  const window = (k: number): number =>
    (k >> 1) * stride * x.bufferRow + (k & 1) * stride * x.layout.channels;
  const argmax = op.pool?.argmax ?? null;
  /** A part of the filters: others of the outputs that share a word of the argmax keep theirs. */
  const isPart = op.outputs !== undefined;
  const word = (e: number): string => `${wordOf(plan, argmax!)}u + own * ${numOutputs / 4}u + ${e >> 2}u`;
  const before = (e: number): string =>
    argmax === null ? '0u' : `(arena[${word(e)}] >> ${8 * (e % 4)}u) & 255u`;
  const code = `${weight.functions}${activateFunction(op.activation)}${slopeFunction(op.activation)}${addressFunction('at_y', y)}
fn window_start(e: u32) -> u32 {
  let pixel = e / ${filters}u; let line = pixel / ${width}u;
  return ${windowStart(x, op.geometry)} + (line / ${height}u) * ${x.sample}u + (line % ${height}u) * ${2 * stride * x.bufferRow}u
    + (pixel % ${width}u) * ${2 * stride * inputChannels}u;
}
fn finish(e: u32, s: vec4f) -> u32 {
  var winner = 0u; var top = s.x; let f = e % ${filters}u;
  if (s.y > top) { top = s.y; winner = 1u; }
  if (s.z > top) { top = s.z; winner = 2u; }
  if (s.w > top) { top = s.w; winner = 3u; }
  let value = activate(scaled(top, f) + load(${wordOf(plan, op.bias)}u + f));
  store(at_y(e), value);
  return select(255u, winner, slope(value) > 0.0);
}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
let total = args.count * ${y.features}u;
for (var own = id.x; own * ${numOutputs}u < total; own += groups.x * ${LANES}u) {
${outputs.map((e) => `let e${e} = min(own * ${numOutputs}u + ${e}u, total - 1u); ${isPart ? `let in${e} = e${e} % ${filters}u >= ${first}u && e${e} % ${filters}u < ${end}u; let b${e} = ${weight.start}u + select(0u, e${e} % ${filters}u - ${first}u, in${e});` : `let b${e} = ${weight.start}u + e${e} % ${filters}u;`} var s${e} = vec4f();`).join('\n')}
${pixels.map((e) => `let a${e} = window_start(e${e});`).join('\n')}
${isPart ? `if (!(${outputs.map((e) => `in${e}`).join(' || ')})) { continue; }` : ''}
for (var p = 0u; p < ${kernelHeight}u; p++) {
for (var r = 0u; r < ${run}u; r++) {
let a = p * ${x.bufferRow}u + r; let b = (p * ${run}u + r) * ${columns}u;
${pixels.map((e) => `let x${e} = vec4f(${FOUR.map((k) => `load(a${e} + a + ${window(k)}u)`).join(', ')});`).join('\n')}
${outputs.map((e) => `s${e} += x${pixelOf(e)} * weight(b${e} + b);`).join('\n')}
} }
${outputs.map((e) => (isPart ? `var w${e} = ${before(e)}; if (in${e}) { w${e} = finish(e${e}, s${e}); }` : `let w${e} = finish(e${e}, s${e});`)).join('\n')}
${
  argmax === null
    ? outputs.map((e) => `_ = w${e};`).join(' ')
    : outputs
        .filter((e) => e % 4 === 0)
        .map(
          (e) => `arena[${word(e)}] = w${e} | (w${e + 1} << 8u) | (w${e + 2} << 16u) | (w${e + 3} << 24u);`,
        )
        .join('\n')
}
} }
`;
  return kernel(code, (count) => [
    Math.min(4096, Math.ceil((count * y.features) / (numOutputs * LANES))),
    1,
    1,
  ]);
}
