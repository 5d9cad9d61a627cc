// Grouped and depthwise convolutions and their gradients: a sum an output, few products each, so plain reductions. An
// invocation makes some neighbouring pixels of one channel, or a row of a kernel, which share what they read.

import { activateFunction } from './activation.ts';
import { gradientStart, windowStart } from './conv2d.ts';
import {
  addressFunction,
  fixed,
  imageOf,
  perSample,
  wordOf,
  type Kernel,
  type KernelPlan,
  type OpOf,
} from './kernel.ts';
import { reduce } from './reduce.ts';
import { lengthOf } from '../../scheme.ts';
import { descendFunction } from './target.ts';

function numbers(length: number): number[] {
  return [...Array(length).keys()];
}

/** Neighbours that are made at once: as many to each row. */
function blockOf(width: number): number {
  return [4, 3, 2].find((size) => width % size === 0) ?? 1;
}

/** WGSL lets `PREFIX0`, `PREFIX1`, ...: words that lie `step` apart. */
function loads(prefix: string, length: number, first: string, step: number): string {
  return numbers(length)
    .map((i) => `let ${prefix}${i} = load(${first} + ${i * step}u);`)
    .join('\n');
}

/** WGSL lets `c`, `j` (first of its block), `line` and `pixel` of element e, that counts blocks of pixels. */
function splitBlocks(channels: number, width: number): string {
  const blocks = width / blockOf(width);
  return `let c = e % ${channels}u; let line = e / ${channels * blocks}u;
let j = (e / ${channels}u) % ${blocks}u * ${blockOf(width)}u; let pixel = line * ${width}u + j;`;
}

export function groupedConv2d(plan: KernelPlan, op: OpOf<'conv2d'>): Kernel {
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

export function groupedConv2dInputGrad(plan: KernelPlan, op: OpOf<'conv2dInputGrad'>): Kernel {
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

/** An invocation makes a kernel row of one input and filter. */
export function groupedConv2dWeightGrad(plan: KernelPlan, op: OpOf<'conv2dWeightGrad'>): Kernel {
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
