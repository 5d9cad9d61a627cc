// How each of our layers is written to a LayersModel file: one entry a kind.

import {
  pairOf,
  type ConvLayer,
  type DenseLayer,
  type DropoutLayer,
  type GroupNormLayer,
  type LayerSpec,
  type PoolLayer,
  type SampleShape,
} from '../model.ts';

/** A layer in the file's words; `weights` are names and shapes in the order of the layer's parameters. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: readonly { readonly role: string; readonly shape: readonly number[] }[];
}

/** The layer, given the shape of what it reads. Throws RangeError naming a layer that TensorFlow.js lacks. */
export function writeLayer(layer: LayerSpec, input: SampleShape): WrittenLayer {
  switch (layer.kind) {
    case 'dense':
      return writeDense(layer, input);
    case 'conv2d':
      return writeConvolution(layer, input);
    case 'maxPool2d':
      return writePool('MaxPooling2D', layer);
    case 'avgPool2d':
      return writePool('AveragePooling2D', layer);
    case 'globalAvgPool':
      return { className: 'GlobalAveragePooling2D', config: { data_format: 'channels_last' } };
    case 'flatten':
      // TensorFlow.js refuses to flatten what is flat.
      return input.length === 1 ? activation('linear') : { className: 'Flatten', config: {} };
    case 'add':
      return { className: 'Add', config: {} };
    case 'relu':
    case 'sigmoid':
    case 'tanh':
      return activation(layer.kind);
    case 'relu6':
      return { className: 'ReLU', config: { max_value: 6 } };
    case 'dropout':
      return writeDropout(layer);
    case 'groupNorm':
      return writeGroupNorm(layer, input);
    default:
      throw new Error(`internal: no writer for ${String((layer satisfies never as LayerSpec).kind)}`);
  }
}

/** An activation as a layer of its own. */
export function activation(name: string): WrittenLayer {
  return { className: 'Activation', config: { activation: name } };
}

function writeDense({ units }: DenseLayer, input: SampleShape): WrittenLayer {
  return {
    className: 'Dense',
    config: { units, activation: 'linear', use_bias: true },
    weights: [
      { role: 'kernel', shape: [input[0]!, units] },
      { role: 'bias', shape: [units] },
    ],
  };
}

/** TensorFlow.js has convolutions of one group, and depthwise ones. */
function writeConvolution(layer: ConvLayer, input: SampleShape): WrittenLayer {
  const { name, filters, kernel, stride, padding, groups = 1 } = layer;
  const channels = input[2]!;
  if (groups !== 1 && groups !== channels)
    throw new RangeError(
      `layer "${name}" (conv2d): TensorFlow.js has no convolution of ${groups} groups over ${channels} channels; take groups 1, or ${channels} (depthwise), instead`,
    );
  const isDepthwise = groups !== 1;
  const config = {
    kernel_size: [...kernel],
    strides: [stride, stride],
    padding,
    data_format: 'channels_last',
    dilation_rate: [1, 1],
    activation: 'linear',
    use_bias: true,
  };
  const bias = { role: 'bias', shape: [filters] };
  const multiplier = filters / channels;
  return isDepthwise
    ? {
        className: 'DepthwiseConv2D',
        config: { ...config, depth_multiplier: multiplier },
        weights: [{ role: 'depthwise_kernel', shape: [...kernel, channels, multiplier] }, bias],
      }
    : {
        className: 'Conv2D',
        config: { ...config, filters },
        weights: [{ role: 'kernel', shape: [...kernel, channels, filters] }, bias],
      };
}

function writePool(className: string, { size, stride }: PoolLayer): WrittenLayer {
  const config = {
    pool_size: [...pairOf(size)],
    strides: [...pairOf(stride)],
    padding: 'valid',
    data_format: 'channels_last',
  };
  return { className, config };
}

function writeDropout({ rate }: DropoutLayer): WrittenLayer {
  return { className: 'Dropout', config: { rate, noise_shape: null, seed: null } };
}

/** TensorFlow.js has the layer norm, which over `[features]` is a group norm of one group. */
function writeGroupNorm({ name, groups, epsilon }: GroupNormLayer, input: SampleShape): WrittenLayer {
  if (groups !== 1 || input.length !== 1)
    throw new RangeError(
      `layer "${name}" (groupNorm): TensorFlow.js has no group normalization over an image or of several groups; train the model without it, or with one group over [features], instead`,
    );
  return {
    className: 'LayerNormalization',
    config: { axis: -1, epsilon, center: true, scale: true },
    weights: [
      { role: 'gamma', shape: [...input] },
      { role: 'beta', shape: [...input] },
    ],
  };
}
