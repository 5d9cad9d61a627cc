import { describe, expect, it } from 'vitest';
import { readLayersModel } from './readLayersModel.ts';
import {
  entry,
  INPUT,
  FLATTEN,
  readSequential,
  readTopology,
  expectRefusal,
  CONV,
} from './testing/kerasFiles.ts';

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
