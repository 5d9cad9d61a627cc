// Grouped and depthwise convolutions.

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
import { blockOf, loads, numbers, splitBlocks } from '../../webgpu/kernels/pixelBlocks.ts';
import { reduce } from '../../webgpu/kernels/reduce.ts';
import { windowStart } from '../../webgpu/kernels/windows.ts';

export function groupedConv2d(plan: KernelPlan, op: Conv2dOp): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters, groups } = op.geometry;
  const { height, width } = y.layout;
  const inputs = inputChannels / groups;
  const block = blockOf(width);
  const blocks = (height * width * filters) / block;
  return reduce(plan, {
    total: perSample(blocks),
    most: plan.microBatch * blocks,
    prepare: `${splitBlocks(filters, width)}
let a = ${windowStart(x, op.geometry)} + (line / ${height}u) * ${x.sample}u + (line % ${height}u) * ${stride * x.bufferRow}u
  + j * ${stride * inputChannels}u + (c / ${filters / groups}u) * ${inputs}u;
let b = ${wordOf(plan, op.weight)}u + c;`,
    loops: [`${kernelHeight}u`, `${inputs}u`],
    depth: 1,
    inner: `${loads('x', (block - 1) * stride + kernelWidth, `a + k0 * ${x.bufferRow}u + k1`, inputChannels)}
${loads('w', kernelWidth, `b + (k0 * ${kernelWidth * inputs}u + k1) * ${filters}u`, inputs * filters)}`,
    terms: numbers(block).map((i) =>
      numbers(kernelWidth)
        .map((q) => `x${i * stride + q} * w${q}`)
        .join(' + '),
    ),
    finish: `let bias = load(${wordOf(plan, op.bias)}u + c); let word = at_y(pixel * ${filters}u + c);
${numbers(block)
  .map((i) => `store(word + ${i * y.pixel}u, activate(s${i} + bias));`)
  .join('\n')}`,
    declarations: activateFunction(op.activation) + addressFunction('at_y', y),
  });
}
