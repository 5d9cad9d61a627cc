// How each layer of a file becomes ours: one entry a class. A class that is not here is refused.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import { ACTIVATION_WRITERS } from '../layers/activationLayers.ts';
import { sizeOf } from '../shapes.ts';
import { addActivation } from './activations.ts';
import { readBatchNorm, readGroupNorm, readLayerNorm } from './normReaders.ts';
import { pairField, strideField, expectPlain } from './configFields.ts';
import { countField, expected, flagField, listField, numberField, textField } from './fields.ts';
import type { LayerContext } from './layerContext.ts';

type LayerReader = (layer: LayerContext) => void;

export const LAYER_READERS: Readonly<Record<string, LayerReader>> = {
  Dense: readDense,
  Conv2D: (layer) => readConvolution(layer, 2),
  Conv1D: (layer) => readConvolution(layer, 1),
  DepthwiseConv2D(layer) {
    addDepthwise(layer, true);
    addActivation(layer, textField(layer.config, 'activation', 'linear'), true);
  },
  SeparableConv2D: readSeparable,
  MaxPooling2D: (layer) => readPool(layer, 'maxPool2d', 2),
  MaxPooling1D: (layer) => readPool(layer, 'maxPool2d', 1),
  AveragePooling2D: (layer) => readPool(layer, 'avgPool2d', 2),
  AveragePooling1D: (layer) => readPool(layer, 'avgPool2d', 1),
  GlobalAveragePooling2D: (layer) => readGlobalPool(layer, 2),
  GlobalAveragePooling1D: (layer) => readGlobalPool(layer, 1),
  Flatten(layer) {
    expectPlain(layer);
    layer.add({ kind: 'flatten' });
  },
  Reshape: readReshape,
  Add: readAdd,
  Activation: (layer) => addActivation(layer, textField(layer.config, 'activation')),
  ReLU: readRelu,
  Softmax: readSoftmax,
  Dropout: readDropout,
  BatchNormalization: readBatchNorm,
  LayerNormalization: readLayerNorm,
  GroupNormalization: readGroupNorm,
  ZeroPadding2D: readZeroPadding,
  ...readersOfActivations(),
};

/** Classes that are one of our activations where their fields are what we write. */
function readersOfActivations(): Record<string, LayerReader> {
  const readers: Record<string, LayerReader> = {};
  for (const [kind, write] of Object.entries(ACTIVATION_WRITERS)) {
    const { className, config } = write();
    if (className === 'Activation' || className === 'ReLU') continue;
    readers[className] = (layer) => {
      for (const [key, value] of Object.entries(config)) {
        const given = layer.config.values[key] ?? value;
        if (given !== value)
          throw layer.refuse(
            `${key} must be ${String(value)}, got ${JSON.stringify(given)}; train it with that instead`,
          );
      }
      layer.add({ kind: kind as ActivationFunction });
    };
  }
  return readers;
}

function readDense(layer: LayerContext): void {
  const units = countField(layer.config, 'units');
  const shape = layer.shapes[0]!;
  const channels = shape.at(-1)!;
  const values = [layer.weight('kernel', [channels, units]), biasOf(layer, units)];
  // Over an image, a dense layer works on each pixel by itself: a convolution of 1 x 1.
  if (shape.length === 1) layer.add({ kind: 'dense', units }, values);
  else layer.add({ kind: 'conv2d', filters: units, kernel: [1, 1], stride: 1, padding: 'valid' }, values);
  addActivation(layer, textField(layer.config, 'activation', 'linear'), true);
}

function readConvolution(layer: LayerContext, numAxes: 1 | 2): void {
  const { config } = layer;
  expectPlain(layer, numAxes);
  const filters = countField(config, 'filters');
  const kernel = pairField(config, 'kernel_size', numAxes);
  const groups = countField(config, 'groups', 1);
  const extents = numAxes === 1 ? [kernel[1]] : kernel;
  const channels = layer.shapes[0]!.at(-1)!;
  const values = [
    layer.weight('kernel', [...extents, Math.ceil(channels / groups), filters]),
    biasOf(layer, filters),
  ];
  layer.add(
    {
      kind: 'conv2d',
      filters,
      kernel,
      stride: strideField(layer, numAxes),
      padding: paddingOf(layer),
      ...(groups > 1 ? { groups } : {}),
    },
    values,
  );
  addActivation(layer, textField(config, 'activation', 'linear'), true);
}

/** `[kernelHeight, kernelWidth, channels, multiplier]` is, in memory, our kernel of as many groups as channels. */
function addDepthwise(layer: LayerContext, isWhole: boolean): void {
  const { config } = layer;
  expectPlain(layer, 2);
  const channels = layer.shapes[0]!.at(-1)!;
  const multiplier = countField(config, 'depth_multiplier', 1);
  const filters = channels * multiplier;
  const kernel = pairField(config, 'kernel_size', 2);
  layer.add(
    {
      kind: 'conv2d',
      filters,
      kernel,
      stride: strideField(layer, 2),
      padding: paddingOf(layer),
      groups: channels,
    },
    [
      layer.weight('depthwise_kernel', [...kernel, channels, multiplier]),
      isWhole ? biasOf(layer, filters) : new Float32Array(filters),
    ],
    isWhole ? '' : '.depthwise',
  );
}

function readSeparable(layer: LayerContext): void {
  const filters = countField(layer.config, 'filters');
  addDepthwise(layer, false);
  const between = layer.shapes[0]!.at(-1)! * countField(layer.config, 'depth_multiplier', 1);
  layer.add({ kind: 'conv2d', filters, kernel: [1, 1], stride: 1, padding: 'valid' }, [
    layer.weight('pointwise_kernel', [1, 1, between, filters]),
    biasOf(layer, filters),
  ]);
  addActivation(layer, textField(layer.config, 'activation', 'linear'), true);
}

function biasOf(layer: LayerContext, size: number): Float32Array {
  return flagField(layer.config, 'use_bias', true) ? layer.weight('bias', [size]) : new Float32Array(size);
}

function paddingOf(layer: LayerContext): 'same' | 'valid' {
  const padding = textField(layer.config, 'padding', 'valid');
  if (padding !== 'same' && padding !== 'valid')
    throw layer.refuse(`padding must be "same" or "valid", got "${padding}"; train it with "same" instead`);
  return padding;
}

function readPool(layer: LayerContext, kind: 'maxPool2d' | 'avgPool2d', numAxes: 1 | 2): void {
  const { config } = layer;
  expectPlain(layer, numAxes);
  const size = pairField(config, 'pool_size', numAxes, 2);
  const stride = config.values['strides'] == null ? size : pairField(config, 'strides', numAxes);
  const shape = layer.shapes[0]!;
  const coversExactly = [0, 1].every(
    (axis) =>
      Math.ceil(shape[axis]! / stride[axis]!) ===
      Math.floor((shape[axis]! - size[axis]!) / stride[axis]!) + 1,
  );
  if (paddingOf(layer) === 'same' && !coversExactly)
    throw layer.refuse(
      `padding "same" would pad its input [${shape.join(', ')}], and our pools do not; take padding "valid", or an input that its windows cover exactly, instead`,
    );
  layer.add({ kind, size: shortest(size), stride: shortest(stride) });
}

function shortest(pair: readonly [number, number]): number | readonly [number, number] {
  return pair[0] === pair[1] ? pair[0] : pair;
}

function readGlobalPool(layer: LayerContext, numAxes: 1 | 2): void {
  expectPlain(layer, numAxes);
  if (flagField(layer.config, 'keepdims', false))
    throw layer.refuse(
      'keepdims must be false, got true; take dense layers in place of the 1 x 1 convolutions after it instead',
    );
  layer.add({ kind: 'globalAvgPool' });
}

function readReshape(layer: LayerContext): void {
  const target = listField(layer.config, 'target_shape');
  if (target.join() === layer.shapes[0]!.join() && !layer.isSignal) return;
  if (target.length !== 1)
    throw layer.refuse(
      `target_shape must be one extent, which is what Flatten does, got [${target.join(', ')}]; give the model's input the shape that it needs instead`,
    );
  const size = sizeOf(layer.shapes[0]!);
  if (target[0] !== -1 && target[0] !== size)
    throw expected(`${layer.config.prefix}target_shape`, `[-1] or [${size}]`, target);
  layer.add({ kind: 'flatten' });
}

function readAdd(layer: LayerContext): void {
  const [first, ...others] = layer.reads;
  if (first === undefined || others.length === 0)
    throw layer.refuse(`must read at least two layers, got ${layer.reads.length}`);
  let sum = first;
  others.forEach((other, index) => {
    const isLast = index === others.length - 1;
    sum = layer.add({ kind: 'add' }, [], isLast ? '' : `.${index + 1}`, [sum, other]);
  });
}

function readRelu(layer: LayerContext): void {
  const { values } = layer.config;
  const highest = values['max_value'] ?? null;
  const isPlain = !values['negative_slope'] && !values['threshold'];
  if (!isPlain || (highest !== null && highest !== 6))
    throw layer.refuse(
      'max_value must be none or 6, negative_slope and threshold 0; take one of these two forms instead',
    );
  layer.add({ kind: highest === 6 ? 'relu6' : 'relu' });
}

function readSoftmax(layer: LayerContext): void {
  const axis = layer.config.values['axis'] ?? -1;
  const numAxes = layer.shapes[0]!.length;
  if (axis !== -1 && axis !== numAxes)
    throw expected(`${layer.config.prefix}axis`, `-1 or ${numAxes} (the last one)`, axis);
  layer.add({ kind: 'softmax' });
}

function readDropout(layer: LayerContext): void {
  if (layer.config.values['noise_shape'] != null)
    throw layer.refuse(
      'noise_shape must be none; take a Dropout layer that drops each element by itself instead',
    );
  layer.add({ kind: 'dropout', rate: numberField(layer.config, 'rate') });
}

function readZeroPadding(layer: LayerContext): void {
  expectPlain(layer, 2);
  const given = layer.config.values['padding'] ?? 1;
  const sides = Array.isArray(given) && given.length === 2 ? given : [given, given];
  const [rows, columns] = sides.map((side: unknown) => (Array.isArray(side) ? side : [side, side]));
  const all = [...rows!, ...columns!];
  if (all.length !== 4 || !all.every((extent) => Number.isInteger(extent) && extent >= 0))
    throw expected(`${layer.config.prefix}padding`, '[[top, bottom], [left, right]] of integers >= 0', given);
  const [top, bottom, left, right] = all as [number, number, number, number];
  if (Math.max(top, bottom, left, right) === 0) return;
  layer.add({ kind: 'zeroPad', before: [top, left], after: [bottom, right] });
}
