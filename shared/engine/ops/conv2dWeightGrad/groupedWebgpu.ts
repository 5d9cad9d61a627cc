// Weight gradients of grouped and depthwise convolutions.

import type { Conv2dWeightGradOp } from './op.ts';
import { lengthOf } from '../../range.ts';
import { fixed, imageOf, type Kernel, type KernelPlan } from '../../webgpu/kernels/kernel.ts';
import { blockOf, loads, numbers } from '../../webgpu/kernels/pixelBlocks.ts';
import { reduce } from '../../webgpu/kernels/reduce.ts';
import { descendFunction } from '../../webgpu/kernels/target.ts';
import { windowStart } from '../../webgpu/kernels/windows.ts';

/** An invocation makes a kernel row of one input and filter. */
export function groupedConv2dWeightGrad(plan: KernelPlan, op: Conv2dWeightGradOp): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters, groups } = op.geometry;
  const { inputs, outputs } = op.target;
  const { height, width } = dy.layout;
  const [rows, columns] = [lengthOf(inputs), lengthOf(outputs)];
  const size = kernelHeight * rows * columns;
  const block = blockOf(width);
  return reduce(plan, {
    total: fixed(size),
    most: size,
    prepare: `
let column = e % ${columns}u; let f = ${outputs[0]}u + column; let input = (e / ${columns}u) % ${rows}u; let p = e / ${columns * rows}u;
let a = ${windowStart(x, op.geometry, inputs[0])} + p * ${x.bufferRow}u + (f / ${filters / groups}u) * ${inputChannels / groups}u + input;
let b = ${dy.first()} + f;`,
    loops: [`(args.count * ${height}u)`, `${width / block}u`],
    depth: plan.microBatch * height,
    inner: `let n = k0 / ${height}u; let i = k0 % ${height}u;
${loads('x', (block - 1) * stride + kernelWidth, `a + n * ${x.sample}u + i * ${stride * x.bufferRow}u + k1 * ${block * stride * inputChannels}u`, inputChannels)}
${loads('d', block, `b + n * ${dy.sample}u + i * ${dy.row}u + k1 * ${block * dy.pixel}u`, dy.pixel)}`,
    terms: numbers(kernelWidth).map((q) =>
      numbers(block)
        .map((i) => `x${i * stride + q} * d${i}`)
        .join(' + '),
    ),
    finish: numbers(kernelWidth)
      .map((q) => `descend((p * ${kernelWidth}u + ${q}u) * ${rows}u + input, column, s${q});`)
      .join('\n'),
    declarations: descendFunction(plan, op.target),
  });
}
