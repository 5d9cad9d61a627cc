// Grouped and depthwise convolutions and their gradients: a sum an output, few products each, so plain reductions.

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

export function groupedConv2d(plan: KernelPlan, op: OpOf<'conv2d'>): Kernel {
  const [x, y] = [imageOf(plan, op.x), imageOf(plan, op.y)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters, groups } = op.geometry;
  const { height, width } = y.layout;
  const inputs = inputChannels / groups;
  return reduce(plan, {
    total: perSample(y.features),
    most: plan.microBatch * y.features,
    prepare: `
let f = e % ${filters}u; let pixel = e / ${filters}u; let line = pixel / ${width}u;
let a = ${windowStart(x, op.geometry)} + (line / ${height}u) * ${x.sample}u + (line % ${height}u) * ${stride * x.bufferRow}u
  + (pixel % ${width}u) * ${stride * inputChannels}u + (f / ${filters / groups}u) * ${inputs}u;
let b = ${wordOf(plan, op.weight)}u + f;`,
    loops: [`${kernelHeight}u`, `${kernelWidth}u`, `${inputs}u`],
    depth: 1,
    terms: [
      `load(a + k0 * ${x.bufferRow}u + k1 * ${inputChannels}u + k2) * load(b + ((k0 * ${kernelWidth}u + k1) * ${inputs}u + k2) * ${filters}u)`,
    ],
    finish: `store(at_y(e), activate(s0 + load(${wordOf(plan, op.bias)}u + f)));`,
    declarations: activateFunction(op.activation) + addressFunction('at_y', y),
  });
}

export function groupedConv2dInputGrad(plan: KernelPlan, op: OpOf<'conv2dInputGrad'>): Kernel {
  const [dy, dx] = [imageOf(plan, op.dy), imageOf(plan, op.dx)];
  const { kernelHeight, kernelWidth, inputChannels, filters, groups } = op.geometry;
  const { height, width } = dx.layout;
  const [inputs, outputs] = [inputChannels / groups, filters / groups];
  return reduce(plan, {
    total: perSample(dx.features),
    most: plan.microBatch * dx.features,
    prepare: `
let c = e % ${inputChannels}u; let pixel = e / ${inputChannels}u; let line = pixel / ${width}u;
let group_first = (c / ${inputs}u) * ${outputs}u;
let a = ${gradientStart(dy, op.geometry)} + (line / ${height}u) * ${dy.sample}u + (line % ${height}u) * ${dy.bufferRow}u
  + (pixel % ${width}u) * ${filters}u + group_first;
let b = ${wordOf(plan, op.weight)}u + (c % ${inputs}u) * ${filters}u + group_first;`,
    loops: [`${kernelHeight}u`, `${kernelWidth}u`, `${outputs}u`],
    depth: 1,
    terms: [
      `load(a + k0 * ${dy.bufferRow}u + k1 * ${filters}u + k2) * load(b + ((${kernelHeight - 1}u - k0) * ${kernelWidth}u + ${kernelWidth - 1}u - k1) * ${inputs * filters}u + k2)`,
    ],
    finish: `let word = at_dx(e); store(word, ${op.accumulate ? 'load(word) + s0' : 's0'});`,
    declarations: addressFunction('at_dx', dx),
  });
}

export function groupedConv2dWeightGrad(plan: KernelPlan, op: OpOf<'conv2dWeightGrad'>): Kernel {
  const [x, dy] = [imageOf(plan, op.x), imageOf(plan, op.dy)];
  const { kernelHeight, kernelWidth, stride, inputChannels, filters, groups } = op.geometry;
  const { inputs, outputs } = op.target;
  const { height, width } = dy.layout;
  const [rows, columns] = [lengthOf(inputs), lengthOf(outputs)];
  const size = kernelHeight * kernelWidth * rows * columns;
  return reduce(plan, {
    total: fixed(size),
    most: size,
    prepare: `
let f = ${outputs[0]}u + e % ${columns}u; let row = e / ${columns}u; let position = row / ${rows}u;
let a = ${windowStart(x, op.geometry, inputs[0])} + (position / ${kernelWidth}u) * ${x.bufferRow}u + (position % ${kernelWidth}u) * ${inputChannels}u
  + (f / ${filters / groups}u) * ${inputChannels / groups}u + row % ${rows}u;
let b = ${dy.first()} + f;`,
    loops: [`(args.count * ${height}u)`, `${width}u`],
    depth: plan.microBatch * height,
    terms: [
      `load(a + (k0 / ${height}u) * ${x.sample}u + (k0 % ${height}u) * ${stride * x.bufferRow}u + k1 * ${stride * inputChannels}u)
 * load(b + (k0 / ${height}u) * ${dy.sample}u + (k0 % ${height}u) * ${dy.row}u + k1 * ${dy.pixel}u)`,
    ],
    finish: `descend(row, e % ${columns}u, s0);`,
    declarations: descendFunction(plan, op.target),
  });
}
