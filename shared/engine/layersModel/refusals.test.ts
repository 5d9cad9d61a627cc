import { describe, expect, it } from 'vitest';
import { sizeOf } from '../shapes.ts';
import { readLayersModel } from './readLayersModel.ts';

type Config = Record<string, unknown>;

/** A layer entry; `reads` make it one of a functional model. */
function entry(className: string, config: Config = {}, reads?: readonly unknown[]): Config {
  const name = config['name'] ?? className.toLowerCase();
  return {
    class_name: className,
    config: { ...config, name },
    ...(reads ? { name, inbound_nodes: reads } : {}),
  };
}

function reading(...names: string[]): unknown[] {
  return [names.map((name) => [name, 0, 0, {}])];
}

const IMAGE = [null, 6, 6, 2];
const INPUT = entry('InputLayer', { name: 'in', batch_input_shape: IMAGE });
const FLATTEN = entry('Flatten');

/** Reads a sequential model of these layers with all-zero weights of these shapes. */
function readSequential(layers: readonly unknown[], shapes: Record<string, number[]> = {}): unknown {
  return readTopology({ class_name: 'Sequential', config: { name: 'm', layers } }, shapes);
}

function readFunctional(
  layers: readonly unknown[],
  ends: Config = {},
  shapes: Record<string, number[]> = {},
) {
  const config = {
    name: 'm',
    layers,
    input_layers: [['in', 0, 0]],
    output_layers: [['flatten', 0, 0]],
    ...ends,
  };
  return readTopology({ class_name: 'Functional', config }, shapes);
}

function readTopology(modelTopology: unknown, shapes: Record<string, number[]> = {}): unknown {
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
  const size = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return readLayersModel({ modelTopology, weightsManifest: [{ weights }] }, new ArrayBuffer(4 * size));
}

/** Throws the RangeError of exactly that text (or one that matches). */
function expectRefusal(read: () => unknown, message: string | RegExp): void {
  expect(read).toThrow(RangeError);
  expect(read).toThrow(message);
}

const CONV = { name: 'c', filters: 2, kernel_size: [3, 3] };
const CONV_WEIGHTS = { 'c/kernel': [3, 3, 2, 2], 'c/bias': [2] };
const NORM_WEIGHTS = { 'b/gamma': [2], 'b/beta': [2], 'b/moving_mean': [2], 'b/moving_variance': [2] };

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

describe('JSON that is no model is refused by its field, what was expected and what came', () => {
  const topology = { class_name: 'Sequential', config: { name: 'm', layers: [INPUT, FLATTEN] } };
  const flat = [entry('InputLayer', { name: 'in', batch_input_shape: [null, 3] })];
  const cases: Record<string, [() => unknown, string]> = {
    'no object': [() => readLayersModel('{}', new ArrayBuffer(0)), 'modelJson must be an object, got "{}"'],
    'no topology': [
      () => readLayersModel({}, new ArrayBuffer(0)),
      'modelJson.modelTopology must be an object, got nothing',
    ],
    'a graph model': [
      () => readLayersModel({ format: 'graph-model' }, new ArrayBuffer(0)),
      'modelJson.format must be "layers-model", got "graph-model"',
    ],
    'no manifest': [
      () => readLayersModel({ modelTopology: topology }, new ArrayBuffer(0)),
      'modelJson.weightsManifest must be a list, got nothing',
    ],
    'another class of model': [
      () => readTopology({ class_name: 'Mine', config: {} }),
      'modelTopology.class_name must be "Sequential", "Model" or "Functional", got "Mine"',
    ],
    'a topology whose fields are of another type': [
      () => readTopology({ model_config: { class_name: 'Sequential', config: { layers: 3 } } }),
      'config.layers must be a list, got 3',
    ],
    'no layers': [
      () => readSequential([]),
      'modelTopology.config.layers must be a list of at least one layer, got []',
    ],
    'an input alone': [
      () => readSequential([INPUT]),
      'modelTopology.config.layers must hold more than an input layer',
    ],
    'nothing that computes': [
      () => readSequential([...flat, entry('Activation', { activation: 'linear' })]),
      'a layer of model "m" must compute, and none does',
    ],
    'a softmax alone': [
      () => readSequential([...flat, entry('Softmax')]),
      'a layer of model "m" must compute, and none does',
    ],
    'a layer that is no object': [
      () => readSequential([INPUT, 7]),
      'modelTopology.config.layers[1] must be an object, got 7',
    ],
    'a layer without a class': [
      () => readSequential([{ config: {} }]),
      'modelTopology.config.layers[0].class_name must be a text, got nothing',
    ],
    'a name used twice': [
      () => readSequential([INPUT, FLATTEN, FLATTEN]),
      'modelTopology.config.layers[2].name "flatten" is used twice; names must differ',
    ],
    'an input without a fixed shape': [
      () => readSequential([entry('InputLayer', { name: 'in', batch_input_shape: [null, null, null, 3] })]),
      'layer "in" (InputLayer): batch_input_shape must be [null, features], [null, steps, channels] or [null, height, width, channels] of fixed integers >= 1, got [null,null,null,3]',
    ],
    'no input shape': [
      () => readSequential([FLATTEN]),
      'layer "flatten" (Flatten): batch_input_shape must be a list, got nothing',
    ],
    'a count that is none': [
      () => readSequential([...flat, entry('Dense', { name: 'd', units: '8' })]),
      'layer "d" (Dense): units must be an integer >= 1, got "8"',
    ],
    'a flag that is none': [
      () =>
        readSequential([...flat, entry('Dense', { name: 'd', units: 8, use_bias: 'yes' })], {
          'd/kernel': [3, 8],
        }),
      'layer "d" (Dense): use_bias must be true or false, got "yes"',
    ],
    'a number that is none': [
      () => readSequential([...flat, entry('Dropout', { name: 'd', rate: null })]),
      'layer "d" (Dropout): rate must be a finite number, got nothing',
    ],
    'a rate of 1': [
      () => readSequential([...flat, entry('Dropout', { name: 'd', rate: 1 })]),
      'layer "d": rate must be in [0, 1), got 1',
    ],
    'a window that is none': [
      () => readSequential([INPUT, entry('Conv2D', { ...CONV, kernel_size: [3] })]),
      'layer "c" (Conv2D): kernel_size must be an integer >= 1, or two of them, got [3]',
    ],
    'zeros that are none': [
      () => readSequential([INPUT, entry('ZeroPadding2D', { name: 'z', padding: [1, -1] })]),
      'layer "z" (ZeroPadding2D): padding must be [[top, bottom], [left, right]] of integers >= 0, got [1,-1]',
    ],
    'a shape that cannot work': [
      () => readSequential([...flat, entry('GlobalAveragePooling2D', { name: 'g' })]),
      'layer "g" (globalAvgPool): its input must be [height, width, channels], got input [3]',
    ],
  };
  it.each(Object.keys(cases))('%s', (name) => {
    const [read, message] = cases[name]!;
    expectRefusal(read, message);
  });
});

describe('weights that do not fit are refused by the tensor', () => {
  const layers = [
    entry('InputLayer', { name: 'in', batch_input_shape: [null, 3] }),
    entry('Dense', { name: 'd', units: 2 }),
  ];
  const modelTopology = { class_name: 'Sequential', config: { name: 'm', layers } };
  const kernel = { name: 'd/kernel', shape: [3, 2], dtype: 'float32' };
  const bias = { name: 'd/bias', shape: [2], dtype: 'float32' };
  const readSpecs = (weights: unknown[], bytes = 32) =>
    readLayersModel({ modelTopology, weightsManifest: [{ weights }] }, new ArrayBuffer(bytes));
  const cases: Record<string, [() => unknown, string]> = {
    'too short': [
      () => readSpecs([kernel, bias], 28),
      'weights must hold 32 bytes up to the end of "d/bias" [2] (float32), got 28',
    ],
    'too long': [
      () => readSpecs([kernel, bias], 36),
      'weights must hold the 32 bytes that 2 weight specs list, got 36',
    ],
    missing: [() => readSpecs([kernel], 24), 'layer "d" (Dense): the weights must list "d/bias", and do not'],
    'one too many': [
      () => readSpecs([kernel, bias, { ...bias, name: 'e/bias' }], 40),
      'weights: tensor "e/bias" belongs to no layer of the model',
    ],
    twice: [
      () => readSpecs([kernel, bias, { ...bias, name: 'd/bias:0' }], 40),
      'weights: tensor "d/bias" is listed twice; names must differ',
    ],
    ambiguous: [
      () => readSpecs([kernel, { ...bias, name: 'a/d/bias' }, { ...bias, name: 'b/d/bias' }], 40),
      'layer "d" (Dense): one tensor of the weights must be its bias, got "a/d/bias", "b/d/bias"',
    ],
    'of another shape': [
      () => readSpecs([{ ...kernel, shape: [2, 3] }, bias]),
      'layer "d" (Dense): "d/kernel" must have shape [3, 2], got [2, 3]',
    ],
    'of another type': [
      () => readSpecs([kernel, { ...bias, dtype: 'int32' }]),
      'layer "d" (Dense): "d/bias" must be float32, got another type',
    ],
    'of texts': [
      () => readSpecs([kernel, { ...bias, dtype: 'string' }]),
      'weightsManifest[0].weights[1].dtype must be "float32", got "string"',
    ],
    'without a name': [
      () => readSpecs([{ ...kernel, name: 4 }, bias]),
      'weightsManifest[0].weights[0].name must be a text, got 4',
    ],
    'with a shape that is none': [
      () => readSpecs([{ ...kernel, shape: [3, -2] }, bias]),
      'weightsManifest[0].weights[0].shape must be a list of integers >= 0, got [3,-2]',
    ],
    'quantised without a scale': [
      () => readSpecs([{ ...kernel, quantization: { dtype: 'uint8', min: 0 } }, bias]),
      'weightsManifest[0].weights[0].quantization.scale must be a finite number, got nothing',
    ],
    'quantised to what is unknown': [
      () => readSpecs([{ ...kernel, quantization: { dtype: 'int4' } }, bias]),
      'weightsManifest[0].weights[0].quantization.dtype must be "uint8", "uint16" or "float16", got "int4"',
    ],
  };
  it.each(Object.keys(cases))('%s', (name) => {
    const [read, message] = cases[name]!;
    expectRefusal(read, message);
  });

  it('and the same file with what it needs is read', () => {
    expect(readSpecs([kernel, bias])).toMatchObject({ model: { id: 'm', loss: 'meanSquaredError' } });
  });
});
