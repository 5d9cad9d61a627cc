// Max and average pooling by windows without padding, and their gradients. The gradients gather instead of scattering:
// an invocation owns an element of dx and asks each window over it.

import { slopeFunction } from './activation.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  wordOf,
  type Image,
  type Kernel,
  type KernelPlan,
  type OpOf,
} from './kernel.ts';
import type { PoolGeometry } from '../../plan.ts';

/** WGSL lets `c`, `i`, `j` and `n` of compact element `e`. */
function split({ layout: { height, width, channels } }: Image, e: string): string {
  return `let c = ${e} % ${channels}u; let pixel = ${e} / ${channels}u; let j = pixel % ${width}u;
let line = pixel / ${width}u; let i = line % ${height}u; let n = line / ${height}u;`;
}

/** A word of argmax belongs to one invocation: four neighbouring outputs. */
export function maxPool2d(plan: KernelPlan, op: OpOf<'maxPool2d'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { size, stride } = op.geometry;
  return forEach(
    { code: `((args.count * ${y.features}u + 3u) / 4u)`, of: (count) => Math.ceil((count * y.features) / 4) },
    `var winners = 0u;
for (var b = 0u; b < 4u; b++) { winners |= pool(min(e * 4u + b, args.count * ${y.features}u - 1u)) << (8u * b); }
${op.argmax === null ? '_ = winners;' : `arena[${wordOf(plan, op.argmax)}u + e] = winners;`}`,
    `${slopeFunction(op.activation)}${addressFunction('at_y', y)}
fn pool(e: u32) -> u32 {
  ${split(y, 'e')}
  let first = ${x.first()} + n * ${x.sample}u + i * ${stride[0] * x.row}u + j * ${stride[1] * x.pixel}u + c;
  var top = load(first); var winner = 0u;
  for (var p = 0u; p < ${size[0]}u; p++) { for (var q = 0u; q < ${size[1]}u; q++) {
    let value = load(first + p * ${x.row}u + q * ${x.pixel}u);
    if (value > top) { top = value; winner = p * ${size[1]}u + q; }
  } }
  store(at_y(e), top);
  return select(255u, winner, slope(top) > 0.0);
}
`,
  );
}

export function avgPool2d(plan: KernelPlan, op: OpOf<'avgPool2d'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { size, stride } = op.geometry;
  return forEach(
    perSample(y.features),
    `${split(y, 'e')}
let first = ${x.first()} + n * ${x.sample}u + i * ${stride[0] * x.row}u + j * ${stride[1] * x.pixel}u + c;
var sum = 0.0;
for (var p = 0u; p < ${size[0]}u; p++) { for (var q = 0u; q < ${size[1]}u; q++) {
  sum += load(first + p * ${x.row}u + q * ${x.pixel}u);
} }
store(at_y(e), sum * ${float(1 / (size[0] * size[1]))});`,
    addressFunction('at_y', y),
  );
}

/** A float literal of WGSL. */
export function float(value: number): string {
  return `f32(${Math.fround(value)})`;
}

/** Runs `body` for each window (`wi`, `wj`) of the pooled image over element (`i`, `j`). */
function overWindows({ layout }: Image, { size, stride }: PoolGeometry, body: string): string {
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

/** Where windows do not overlap, each owns its part of dx: read once, written whole. */
function ownedMaxPool2dGrad(plan: KernelPlan, op: OpOf<'maxPool2dGrad'>): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { size, stride } = op.geometry;
  return forEach(
    perSample(dy.features),
    `${split(dy, 'e')}
let winner = load_byte(${wordOf(plan, op.argmax)}u, e);
let value = load(at_dy(e));
let first = ${dx.first()} + n * ${dx.sample}u + i * ${stride[0] * dx.row}u + j * ${stride[1] * dx.pixel}u + c;
for (var p = 0u; p < ${size[0]}u; p++) { for (var q = 0u; q < ${size[1]}u; q++) {
  store(first + p * ${dx.row}u + q * ${dx.pixel}u, select(0.0, value, winner == p * ${size[1]}u + q));
} }`,
    addressFunction('at_dy', dy),
  );
}

export function maxPool2dGrad(plan: KernelPlan, op: OpOf<'maxPool2dGrad'>): Kernel {
  const { size: window, stride: steps } = op.geometry;
  if (steps[0] >= window[0] && steps[1] >= window[1]) return ownedMaxPool2dGrad(plan, op);
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { size, stride } = op.geometry;
  const { height, width, channels } = dy.layout;
  return forEach(
    perSample(dx.features),
    `${split(dx, 'e')}
${overWindows(
  dy,
  op.geometry,
  `let own = (i - wi * ${stride[0]}u) * ${size[1]}u + j - wj * ${stride[1]}u;
let w = ((n * ${height}u + wi) * ${width}u + wj) * ${channels}u + c;
if (load_byte(${wordOf(plan, op.argmax)}u, w) == own) { sum += load(at_dy(w)); }`,
)}
store(at_dx(e), sum);`,
    addressFunction('at_dx', dx) + addressFunction('at_dy', dy),
  );
}

export function avgPool2dGrad(plan: KernelPlan, op: OpOf<'avgPool2dGrad'>): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { height, width, channels } = dy.layout;
  const { size } = op.geometry;
  return forEach(
    perSample(dx.features),
    `${split(dx, 'e')}
${overWindows(dy, op.geometry, `sum += load(at_dy(((n * ${height}u + wi) * ${width}u + wj) * ${channels}u + c));`)}
store(at_dx(e), sum * ${float(1 / (size[0] * size[1]))});`,
    addressFunction('at_dx', dx) + addressFunction('at_dy', dy),
  );
}
