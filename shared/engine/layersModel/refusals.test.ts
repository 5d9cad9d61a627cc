import { describe, it } from 'vitest';
import {
  type Config,
  entry,
  reading,
  IMAGE,
  INPUT,
  FLATTEN,
  readSequential,
  readFunctional,
  expectRefusal,
  CONV,
  CONV_WEIGHTS,
  NORM_WEIGHTS,
} from './testing/kerasFiles.ts';

describe('a layer that is not supported is refused by its name and class, with what would do instead', () => {
  it.each([
    ['LSTM', 'Conv1D layers and a GlobalAveragePooling1D'],
    ['LeakyReLU', 'a ReLU, and training it anew'],
    ['Concatenate', 'an Add of branches of one shape'],
    ['GlobalMaxPooling2D', 'a GlobalAveragePooling2D'],
    ['Rescaling', 'samples that are scaled before they come in'],
    ['Sequential', 'its layers one by one in the model around it'],
    ['MyOwn', 'layers among Dense, Conv2D, '],
    ['constructor', 'layers among Dense, Conv2D, '],
  ])('%s', (className, instead) => {
    expectRefusal(
      () => readSequential([INPUT, entry(className, { name: 'odd' }), FLATTEN]),
      `layer "odd" (${className}): this class is not supported; what would do instead: ${instead}`,
    );
  });
});

describe('a form of a layer that is not supported is refused by its name and class, with what would do instead', () => {
  const cases: Record<string, [readonly Config[], Record<string, number[]>, string | RegExp]> = {
    dilation: [
      [entry('Conv2D', { ...CONV, dilation_rate: [2, 2] })],
      {},
      /^layer "c" \(Conv2D\): dilation_rate must be 1, got \[2,2\]; take .* instead$/,
    ],
    'channels first': [
      [entry('Conv2D', { ...CONV, data_format: 'channels_first' })],
      {},
      /^layer "c" \(Conv2D\): data_format must be "channels_last", got "channels_first"; .* instead$/,
    ],
    'channels first in a flatten': [
      [entry('Flatten', { name: 'f', data_format: 'channels_first' })],
      {},
      /^layer "f" \(Flatten\): data_format must be/,
    ],
    'strides that differ': [
      [entry('Conv2D', { ...CONV, strides: [1, 2] })],
      CONV_WEIGHTS,
      /^layer "c" \(Conv2D\): strides must be 1 or 2, alike on both axes, got 1 and 2; take .* instead$/,
    ],
    'strides of 3': [
      [entry('Conv2D', { ...CONV, strides: 3 })],
      CONV_WEIGHTS,
      /strides must be 1 or 2, alike on both axes, got 3 and 3/,
    ],
    'causal padding': [
      [entry('Conv2D', { ...CONV, padding: 'causal' })],
      CONV_WEIGHTS,
      /^layer "c" \(Conv2D\): padding must be "same" or "valid", got "causal"; .* instead$/,
    ],
    'an activation that we lack': [
      [entry('Conv2D', { ...CONV, activation: 'selu' })],
      CONV_WEIGHTS,
      /^layer "c" \(Conv2D\): activation "selu" is not supported; train it with one of linear, relu, .* instead$/,
    ],
    'a leaking ReLU': [
      [entry('ReLU', { name: 'r', negative_slope: 0.1 })],
      {},
      /^layer "r" \(ReLU\): max_value must be none or 6, negative_slope and threshold 0; .* instead$/,
    ],
    'exponential units of another alpha': [
      [entry('ELU', { name: 'e', alpha: 2 })],
      {},
      /^layer "e" \(ELU\): alpha must be 1, got 2; .* instead$/,
    ],
    'a ReLU up to 1': [[entry('ReLU', { name: 'r', max_value: 1 })], {}, /^layer "r" \(ReLU\): max_value/],
    'a pool that pads': [
      [entry('MaxPooling2D', { name: 'p', pool_size: [3, 3], strides: [2, 2], padding: 'same' })],
      {},
      /^layer "p" \(MaxPooling2D\): padding "same" would pad its input \[6, 6, 2\].* instead$/,
    ],
    'a global pool that keeps its axes': [
      [entry('GlobalAveragePooling2D', { name: 'g', keepdims: true })],
      {},
      /^layer "g" \(GlobalAveragePooling2D\): keepdims must be false, got true; .* instead$/,
    ],
    'a reshape to an image': [
      [entry('Reshape', { name: 's', target_shape: [1, 1, 72] })],
      {},
      /^layer "s" \(Reshape\): target_shape must be one extent, .* got \[1, 1, 72\]; .* instead$/,
    ],
    'a reshape to another size': [
      [entry('Reshape', { name: 's', target_shape: [71] })],
      {},
      'layer "s" (Reshape): target_shape must be [-1] or [72], got [71]',
    ],
    'dropout of whole channels': [
      [entry('Dropout', { name: 'd', rate: 0.5, noise_shape: [null, 1, 1, 2] })],
      {},
      /^layer "d" \(Dropout\): noise_shape must be none; .* instead$/,
    ],
    'a 1-D layer in a model of images': [
      [entry('Conv1D', { name: 'c', filters: 2, kernel_size: 3 })],
      {},
      /^layer "c" \(Conv1D\): a 1-D layer must have an input of \[steps, channels\].* take its 2-D form instead$/,
    ],
    'softmax in the middle': [
      [entry('Softmax', { name: 's' }), entry('Flatten')],
      {},
      /^layer "s" \(Softmax\): softmax must be the last activation of the model; .* instead$/,
    ],
    'softmax over the channels of an image': [
      [entry('Softmax', { name: 's' })],
      {},
      /^layer "s" \(Softmax\): softmax must be over one vector of classes, got \[6, 6, 2\]; .* instead$/,
    ],
    'softmax over rows': [
      [entry('Softmax', { name: 's', axis: 1 })],
      {},
      'layer "s" (Softmax): axis must be -1 or 3 (the last one), got 1',
    ],
    'a normalization of rows': [
      [entry('BatchNormalization', { name: 'b', axis: 1 })],
      {},
      'layer "b" (BatchNormalization): axis must be -1 or 3 (the channels), got 1',
    ],
    'a normalization of the input': [
      [entry('BatchNormalization', { name: 'b' }), FLATTEN],
      NORM_WEIGHTS,
      /^layer "b" \(BatchNormalization\): a frozen batch normalization is folded .* got "input" \(the model input\); .* instead$/,
    ],
    'a normalization behind an activation': [
      [entry('Conv2D', { ...CONV, activation: 'relu' }), entry('BatchNormalization', { name: 'b' }), FLATTEN],
      { ...CONV_WEIGHTS, ...NORM_WEIGHTS },
      /^layer "b" \(BatchNormalization\): .* got "c\.relu" \(relu\); put it between that layer and its activation, or leave it out instead$/,
    ],
    'a layer norm over an image': [
      [entry('LayerNormalization', { name: 'n' })],
      {},
      /^layer "n" \(LayerNormalization\): its input must be \[features\], got \[6, 6, 2\]; .* instead$/,
    ],
    'zeros that no "same" padding adds': [
      [entry('ZeroPadding2D', { name: 'z', padding: [1, 1] }), entry('Conv2D', { ...CONV, strides: 2 })],
      CONV_WEIGHTS,
      /^layer "z" \(ZeroPadding2D\): zeros are added only as the "same" padding .* instead$/,
    ],
    'zeros before a pool': [
      [entry('ZeroPadding2D', { name: 'z', padding: 1 }), entry('MaxPooling2D', { name: 'p' })],
      {},
      /^layer "z" \(ZeroPadding2D\): /,
    ],
    'an input layer in the middle': [
      [FLATTEN, entry('InputLayer', { name: 'again', batch_input_shape: IMAGE })],
      {},
      /^layer "again" \(InputLayer\) must come first; .* instead$/,
    ],
  };
  it.each(Object.keys(cases))('%s', (name) => {
    const [layers, shapes, message] = cases[name]!;
    expectRefusal(() => readSequential([INPUT, ...layers], shapes), message);
  });
});

it('a 2-D layer in a model of signals is refused by its name and class', () => {
  const signal = entry('InputLayer', { name: 'in', batch_input_shape: [null, 9, 2] });
  expectRefusal(
    () => readSequential([signal, entry('MaxPooling2D', { name: 'p' })]),
    /^layer "p" \(MaxPooling2D\): a 2-D layer must have an input of \[height, width, channels\].* take its 1-D form instead$/,
  );
});

describe('a graph that cannot be ours is refused', () => {
  const IN = entry('InputLayer', { name: 'in', batch_input_shape: IMAGE }, []);

  it('with several inputs or outputs', () => {
    const layers = [IN, entry('Flatten', {}, reading('in'))];
    const two = [
      ['in', 0, 0],
      ['other', 0, 0],
    ];
    expectRefusal(
      () => readFunctional(layers, { input_layers: two }),
      'modelTopology.config.input_layers must name one input, got 2; cut the model down to one input instead',
    );
    expectRefusal(
      () => readFunctional(layers, { input_layers: [['other', 0, 0]] }),
      'modelTopology.config.input_layers[0] must be the name of a layer, got "other"',
    );
    expectRefusal(
      () => readFunctional(layers, { output_layers: two }),
      'modelTopology.config.output_layers must name one output, got 2; cut the model down to one output instead',
    );
  });

  it('with a layer that is shared, reads itself, or reads what is not there', () => {
    const call = reading('in')[0];
    expectRefusal(
      () => readFunctional([IN, entry('Flatten', {}, [call, call])]),
      'layer "flatten" (Flatten): inbound_nodes must hold one call, got 2; instead of sharing the layer',
    );
    expectRefusal(
      () =>
        readFunctional([
          IN,
          entry('Add', { name: 'a' }, reading('in', 'a')),
          entry('Flatten', {}, reading('a')),
        ]),
      'layer "a" (Add) reads its own output: a cycle',
    );
    expectRefusal(
      () => readFunctional([IN, entry('Flatten', {}, reading('nowhere'))]),
      'layer "flatten" (Flatten): inbound_nodes must be the name of a layer, got "nowhere"',
    );
    expectRefusal(
      () => readFunctional([IN, entry('Flatten', {}, [[['in', 1, 0]]])]),
      'layer "flatten" (Flatten): inbound_nodes[0][0] must be [name of a layer, 0, 0], got ["in",1,0]',
    );
    expectRefusal(
      () =>
        readFunctional([IN, entry('Add', { name: 'a' }, reading('in')), entry('Flatten', {}, reading('a'))]),
      'layer "a" (Add): must read at least two layers, got 1',
    );
  });

  it('as Keras 3 writes it', () => {
    expectRefusal(
      () => readFunctional([IN, entry('Flatten', {}, [{ args: [], kwargs: {} }])]),
      /^layer "flatten" \(Flatten\): inbound_nodes\[0\] must be a list as Keras 2 writes it, .*\(Keras 3\); .* instead$/,
    );
  });

  it('with a normalization whose layer others read too', () => {
    const layers = [
      IN,
      entry('Conv2D', { ...CONV, padding: 'same' }, reading('in')),
      entry('BatchNormalization', { name: 'b' }, reading('c')),
      entry('Add', { name: 'a' }, reading('b', 'c')),
      entry('Flatten', {}, reading('a')),
    ];
    expectRefusal(
      () => readFunctional(layers, {}, { ...CONV_WEIGHTS, ...NORM_WEIGHTS }),
      'layer "b" (BatchNormalization): it must be the only reader of layer "c" (Conv2D), and layer "a" (Add) reads that too; let that read the normalization instead',
    );
  });
});
