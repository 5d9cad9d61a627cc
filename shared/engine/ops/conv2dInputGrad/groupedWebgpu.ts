// Input gradients of grouped and depthwise convolutions.

import type { Conv2dInputGradOp } from './op.ts';
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
import { gradientStart } from '../../webgpu/kernels/windows.ts';

export function groupedConv2dInputGrad(plan: KernelPlan, op: Conv2dInputGradOp): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { kernelHeight, kernelWidth, inputChannels, filters, groups } = op.geometry;
  const { height, width } = dx.layout;
  const [inputs, outputs] = [inputChannels / groups, filters / groups];
  const block = blockOf(width);
  const blocks = (height * width * inputChannels) / block;
  return reduce(plan, {
    total: perSample(blocks),
    most: plan.microBatch * blocks,
    prepare: `${splitBlocks(inputChannels, width)}
let group_first = (c / ${inputs}u) * ${outputs}u;
let a = ${gradientStart(dy, op.geometry)} + (line / ${height}u) * ${dy.sample}u + (line % ${height}u) * ${dy.bufferRow}u
  + j * ${filters}u + group_first;
let b = ${wordOf(plan, op.weight)}u + (c % ${inputs}u) * ${filters}u + group_first;`,
    loops: [`${kernelHeight}u`, `${outputs}u`],
    depth: 1,
    inner: `${loads('d', block - 1 + kernelWidth, `a + k0 * ${dy.bufferRow}u + k1`, filters)}
${loads('w', kernelWidth, `b + (${kernelHeight - 1}u - k0) * ${kernelWidth * inputs * filters}u + k1`, inputs * filters)}`,
    terms: numbers(block).map((i) =>
      numbers(kernelWidth)
        .map((q) => `d${i + q} * w${kernelWidth - 1 - q}`)
        .join(' + '),
    ),
    finish: `let word = at_dx(pixel * ${inputChannels}u + c);
${numbers(block)
  .map((i) => {
    const place = `word + ${i * dx.pixel}u`;
    return `store(${place}, ${op.accumulate ? `load(${place}) + ` : ''}s${i});`;
  })
  .join('\n')}`,
    declarations: addressFunction('at_dx', dx),
  });
}
