// The gradient of an average: an invocation owns an element of dx and asks each window over it.

import type { AvgPool2dGradOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { overWindows, split } from '../../webgpu/kernels/poolWindows.ts';

export function avgPool2dGrad(plan: KernelPlan, op: AvgPool2dGradOp): Kernel {
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
