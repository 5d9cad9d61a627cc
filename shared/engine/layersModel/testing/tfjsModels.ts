// Models built by TensorFlow.js's own layers, for tests of reading: one for each thing that a file can hold, and random ones.

import * as tf from '@tensorflow/tfjs';
import { createRandom, mixSeed } from '../../../random.ts';

const { layers } = tf;

/** By name; the weights are the library's own until randomized. */
export const TFJS_MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  'a perceptron with its activations inside': () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 7, inputShape: [9], activation: 'tanh' }),
        layers.dense({ units: 6, activation: 'relu6', useBias: false }),
        layers.dropout({ rate: 0.4 }),
        layers.dense({ units: 4, activation: 'softmax' }),
      ],
    }),
  'exponential units by name and as layers': () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, activation: 'elu', inputShape: [7, 6, 2] }),
        layers.elu(),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 6 }),
        layers.elu({ alpha: 1 }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  'a convolutional network with pools': () =>
    tf.sequential({
      layers: [
        layers.inputLayer({ inputShape: [13, 11, 2] }),
        layers.conv2d({ filters: 6, kernelSize: [3, 5], padding: 'same', activation: 'relu' }),
        layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 1] }),
        layers.conv2d({ filters: 5, kernelSize: 3, strides: 2, useBias: false }),
        layers.activation({ activation: 'sigmoid' }),
        layers.averagePooling2d({ poolSize: 2, strides: 1 }),
        layers.flatten(),
        layers.dense({ units: 3 }),
        layers.softmax(),
      ],
    }),
  'pools with "same" padding that pads nothing': () =>
    tf.sequential({
      layers: [
        layers.maxPooling2d({ poolSize: 2, padding: 'same', inputShape: [8, 6, 3] }),
        layers.averagePooling2d({ poolSize: [2, 1], strides: [2, 1], padding: 'same' }),
        layers.flatten(),
        layers.dense({ units: 5, activation: 'sigmoid' }),
      ],
    }),
  'depthwise and separable convolutions': () =>
    tf.sequential({
      layers: [
        layers.depthwiseConv2d({
          kernelSize: 3,
          depthMultiplier: 2,
          strides: 2,
          padding: 'same',
          inputShape: [9, 8, 3],
          activation: 'relu6',
        }),
        layers.separableConv2d({ filters: 7, kernelSize: 3, activation: 'relu' }),
        layers.depthwiseConv2d({ kernelSize: [1, 2], useBias: false }),
        layers.reLU({ maxValue: 6 }),
        layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
        layers.dense({ units: 4 }),
      ],
    }),
  'batch normalizations behind every layer that can have one': () =>
    tf.sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, inputShape: [8, 8, 3] }),
        layers.batchNormalization(),
        layers.reLU(),
        layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
        layers.batchNormalization({ scale: false, epsilon: 1e-5 }),
        layers.activation({ activation: 'relu6' }),
        layers.separableConv2d({ filters: 6, kernelSize: 3 }),
        layers.batchNormalization({ center: false }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 5 }),
        layers.batchNormalization(),
        layers.activation({ activation: 'softmax' }),
      ],
    }),
  'residual blocks with three branches': () => {
    const input = tf.input({ shape: [6, 6, 4], name: 'picture' });
    const stem = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(input);
    const left = layers
      .batchNormalization()
      .apply(layers.conv2d({ filters: 4, kernelSize: 1, useBias: false }).apply(stem));
    const right = layers.reLU().apply(stem);
    const sum = layers
      .add()
      .apply([left as tf.SymbolicTensor, right as tf.SymbolicTensor, input as tf.SymbolicTensor]);
    const twice = layers.add().apply([sum as tf.SymbolicTensor, sum as tf.SymbolicTensor]);
    const pooled = layers.globalAveragePooling2d({}).apply(twice);
    const output = layers.dense({ units: 3, activation: 'softmax' }).apply(pooled);
    return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
  },
  'zeros before a "valid" convolution of stride 2': () =>
    tf.sequential({
      layers: [
        layers.zeroPadding2d({
          padding: [
            [0, 1],
            [1, 1],
          ],
          inputShape: [8, 7, 2],
        }),
        layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, useBias: false }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 2, activation: 'softmax' }),
      ],
    }),
  'a signal through 1-D layers': () =>
    tf.sequential({
      layers: [
        layers.conv1d({
          filters: 5,
          kernelSize: 4,
          padding: 'same',
          inputShape: [21, 3],
          activation: 'relu',
        }),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.conv1d({ filters: 6, kernelSize: 3, strides: 2 }),
        layers.batchNormalization(),
        layers.averagePooling1d({ poolSize: 2, strides: 1 }),
        layers.dense({ units: 4, activation: 'tanh' }),
        layers.globalAveragePooling1d(),
        layers.layerNormalization(),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    }),
  'outputs that are a picture': () =>
    tf.sequential({
      layers: [
        layers.conv2d({
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          inputShape: [5, 4, 2],
          activation: 'relu',
        }),
        layers.dense({ units: 2, activation: 'sigmoid' }),
      ],
    }),
  'an activation that is no loss at the end': () =>
    tf.sequential({
      layers: [
        layers.reshape({ targetShape: [12], inputShape: [2, 2, 3] }),
        layers.dense({ units: 6, activation: 'relu' }),
      ],
    }),
  'layers that have our own word for the input as their name': () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 5, inputShape: [4], name: 'input', activation: 'relu' }),
        layers.dense({ units: 3, name: 'input.relu' }),
      ],
    }),
};

/** A random functional network with residual blocks, of that seed. */
export function randomTfjsModel(seed: number): tf.LayersModel {
  const random = createRandom(mixSeed(seed, 31));
  const pick = <T>(items: readonly T[]): T => items[random.integer(items.length)]!;
  const input = tf.input({ shape: [6 + random.integer(6), 6 + random.integer(6), 1 + random.integer(4)] });
  let x: tf.SymbolicTensor = input;
  const apply = (layer: tf.layers.Layer, ...others: tf.SymbolicTensor[]) => {
    x = layer.apply(others.length ? [x, ...others] : x) as tf.SymbolicTensor;
  };
  const activate = () => {
    const kind = pick(['none', 'relu', 'relu6', 'layer6', 'tanh', 'sigmoid'] as const);
    if (kind === 'layer6') apply(layers.reLU({ maxValue: 6 }));
    else if (kind !== 'none') apply(layers.activation({ activation: kind }));
  };
  for (let block = 0; block < 2 + random.integer(3); block++) {
    const padding = pick(['same', 'same', 'valid'] as const);
    const useBias = random.integer(2) === 0;
    const before = x;
    const shared = { kernelSize: 1 + random.integer(3), strides: pick([1, 1, 2]), padding, useBias };
    const kind = random.integer(4);
    if (kind === 0) apply(layers.conv2d({ filters: 1 + random.integer(8), ...shared }));
    if (kind === 1) apply(layers.depthwiseConv2d({ depthMultiplier: 1 + random.integer(2), ...shared }));
    if (kind === 2) apply(layers.separableConv2d({ filters: 1 + random.integer(8), ...shared }));
    if (kind === 3) {
      const filters = x.shape[3]!;
      apply(layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias }));
    }
    if (random.integer(2) === 0)
      apply(layers.batchNormalization({ epsilon: 10 ** -(2 + random.integer(3)) }));
    activate();
    if (kind === 3) apply(layers.add(), before);
    if (random.integer(4) === 0) apply(layers.dropout({ rate: 0.3 }));
    if (x.shape[1]! > 3 && x.shape[2]! > 3 && random.integer(3) === 0)
      apply(
        pick([layers.maxPooling2d, layers.averagePooling2d])({
          poolSize: [1 + random.integer(2), 2],
          strides: [1, 2],
        }),
      );
    if (x.shape[1]! < 3 || x.shape[2]! < 3) break;
  }
  apply(random.integer(3) === 0 ? layers.globalAveragePooling2d({}) : layers.flatten());
  if (random.integer(2) === 0) apply(layers.dense({ units: 5, activation: 'relu' }));
  apply(layers.dense({ units: 2 + random.integer(4), activation: pick(['softmax', 'sigmoid', 'linear']) }));
  return tf.model({ inputs: input, outputs: x });
}
