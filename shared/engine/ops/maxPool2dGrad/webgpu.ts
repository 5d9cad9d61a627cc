// The gradient of a maximum: gathered instead of scattered where windows overlap.

import type { MaxPool2dGradOp } from './op.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  wordOf,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { overWindows, split } from '../../webgpu/kernels/poolWindows.ts';

/** Where windows do not overlap, each owns its part of dx: read once, written whole. */
function ownedMaxPool2dGrad(plan: KernelPlan, op: MaxPool2dGradOp): Kernel {
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

export function maxPool2dGrad(plan: KernelPlan, op: MaxPool2dGradOp): Kernel {
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
