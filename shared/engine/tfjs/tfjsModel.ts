// Our models as TensorFlow.js ops: one mapping for the trainer, for the judge in tests and for benchmarks.
// Knows no backend of TensorFlow.js: whoever calls has chosen one.

import * as tf from '@tensorflow/tfjs-core';
import type { ActivationFunction } from '../activations/activationFunction.ts';
import { pairOf } from '../layers/layer.ts';
import { inputsOf } from '../model.ts';
import type { ConvLayer } from '../layers/conv2d.ts';
import type { DropoutLayer } from '../layers/dropout.ts';
import type { GroupNormLayer } from '../layers/groupNorm.ts';
import type { LayerSpec } from '../layers/layers.ts';
import type { ModelSpec } from '../model.ts';

type Activation = 'linear' | 'relu' | 'relu6';

const ACTIVATIONS: Readonly<Record<ActivationFunction, (x: tf.Tensor) => tf.Tensor>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  elu: tf.elu,
};

/** How a dense layer or a convolution, its bias and an activation that follows are computed. */
export interface LayerKernels {
  dense(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, activation: Activation): tf.Tensor;
  conv2d(
    x: tf.Tensor,
    weight: tf.Tensor,
    bias: tf.Tensor,
    activation: Activation,
    layer: ConvLayer,
  ): tf.Tensor;
}

/** By one kernel where TensorFlow.js has one (it falls back to separate ones while it differentiates an activation). */
export const FUSED: LayerKernels = {
  dense: (x, weight, bias, activation) =>
    tf.fused.matMul({ a: x as tf.Tensor2D, b: weight as tf.Tensor2D, bias, activation }),
  conv2d(x, weight, bias, activation, layer) {
    const { stride, padding } = layer;
    const shared = { x: x as tf.Tensor4D, strides: stride, pad: padding, bias, activation };
    switch (groupingOf(x, layer)) {
      case 'none':
        return tf.fused.conv2d({ ...shared, filter: weight as tf.Tensor4D });
      case 'depthwise':
        return tf.fused.depthwiseConv2d({ ...shared, filter: depthwiseWeight(x, weight) });
      case 'groups':
        return SEPARATE.conv2d(x, weight, bias, activation, layer);
    }
  },
};

/** By one kernel each. */
export const SEPARATE: LayerKernels = {
  dense: (x, weight, bias, activation) =>
    activate(tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias), activation),
  conv2d: (x, weight, bias, activation, layer) =>
    activate(tf.add(convolve(x as tf.Tensor4D, weight as tf.Tensor4D, layer), bias), activation),
};

export interface ForwardOptions {
  /** The tensor of a parameter, by its name in `parametersOf(model)`. */
  readonly parameter: (name: string) => tf.Tensor;
  readonly kernels: LayerKernels;
  /** What a dropout layer, the `index`th of the model, makes of its input; without it the input goes through. */
  readonly dropout?: ((x: tf.Tensor, layer: DropoutLayer, index: number) => tf.Tensor) | undefined;
}

/** Outputs `[count, outputs]` of samples `[count, ...model.input]`, before softmax or sigmoid. */
export function forward(model: ModelSpec, samples: tf.Tensor, options: ForwardOptions): tf.Tensor {
  const values: tf.Tensor[] = [];
  for (const [index, layer] of model.layers.entries()) {
    const [x, second] = inputsOf(model, index).map((read) => (read < 0 ? samples : values[read]!));
    const isDone = index > 0 && activationAfter(model, index - 1) === layer.kind;
    values.push(isDone ? x! : valueOf(model, index, options, x!, second));
  }
  return values.at(-1)!;
}

function valueOf(
  model: ModelSpec,
  index: number,
  { parameter, kernels, dropout }: ForwardOptions,
  x: tf.Tensor,
  second: tf.Tensor | undefined,
): tf.Tensor {
  const layer: LayerSpec = model.layers[index]!;
  const own = (role: string): tf.Tensor => parameter(`${layer.name}.${role}`);
  const image = x as tf.Tensor4D;
  switch (layer.kind) {
    case 'dense':
      return kernels.dense(x, own('weight'), own('bias'), activationAfter(model, index));
    case 'conv2d':
      return kernels.conv2d(x, own('weight'), own('bias'), activationAfter(model, index), layer);
    case 'maxPool2d':
      return tf.maxPool(image, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
    case 'avgPool2d':
      return tf.avgPool(image, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
    case 'globalAvgPool':
      return tf.mean(x, [1, 2]);
    case 'groupNorm':
      return tf.add(tf.mul(normalise(x, layer), own('scale')), own('shift'));
    case 'dropout':
      return dropout ? dropout(x, layer, index) : x;
    case 'add':
      return tf.add(x, second!);
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    default:
      return ACTIVATIONS[layer.kind](x);
  }
}

/** The relu or relu6 that follows a dense layer or a convolution and alone reads it. */
function activationAfter(model: ModelSpec, index: number): Activation {
  const [layer, next] = [model.layers[index]!, model.layers[index + 1]];
  if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return 'linear';
  if (next === undefined || next.inputs !== undefined) return 'linear';
  if (model.layers.some(({ inputs }) => inputs?.includes(layer.name))) return 'linear';
  return next.kind === 'relu' || next.kind === 'relu6' ? next.kind : 'linear';
}

function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  return activation === 'linear' ? x : ACTIVATIONS[activation](x);
}

function groupingOf(x: tf.Tensor, { groups = 1 }: ConvLayer): 'none' | 'depthwise' | 'groups' {
  if (groups === 1) return 'none';
  return groups === x.shape[3] ? 'depthwise' : 'groups';
}

function convolve(x: tf.Tensor4D, weight: tf.Tensor4D, layer: ConvLayer): tf.Tensor {
  const { stride, padding, groups = 1 } = layer;
  switch (groupingOf(x, layer)) {
    case 'none':
      return tf.conv2d(x, weight, stride, padding);
    case 'depthwise':
      return tf.depthwiseConv2d(x, depthwiseWeight(x, weight), stride, padding);
    case 'groups': {
      const kernels = tf.split<tf.Tensor4D>(weight, groups, 3);
      const parts = tf.split<tf.Tensor4D>(x, groups, 3);
      return tf.concat(
        parts.map((part, group) => tf.conv2d(part, kernels[group]!, stride, padding)),
        3,
      );
    }
  }
}

/** `[height, width, 1, filters]` as TensorFlow.js has it: `[height, width, channels, filters / channels]`. */
function depthwiseWeight(x: tf.Tensor, weight: tf.Tensor): tf.Tensor4D {
  const [height, width] = weight.shape as [number, number];
  return tf.reshape(weight, [height, width, x.shape[3]!, -1]);
}

function normalise(x: tf.Tensor, { groups, epsilon }: GroupNormLayer): tf.Tensor {
  const channels = x.shape.at(-1)!;
  const grouped = tf.reshape(x, [x.shape[0]!, -1, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  return tf.reshape(tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, epsilon))), x.shape);
}
