// Average pooling by windows without padding.

import type { AvgPool2dOp } from './op.ts';
import { float } from '../../webgpu/kernels/float.ts';
import {
  addressFunction,
  forEach,
  imageOf,
  perSample,
  type Kernel,
  type KernelPlan,
} from '../../webgpu/kernels/kernel.ts';
import { split } from '../../webgpu/kernels/poolWindows.ts';

export function avgPool2d(plan: KernelPlan, op: AvgPool2dOp): Kernel {
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
