import { describe, expect, it } from 'vitest';
import { readLayersModel } from './readLayersModel.ts';

type Config = Record<string, unknown>;

/** A functional model of layers without weights, by hand. */
function read(layers: readonly Config[], ends: Config): ReturnType<typeof readLayersModel> {
  const modelTopology = { class_name: 'Functional', config: { name: 'm', layers, ...ends } };
  return readLayersModel({ modelTopology, weightsManifest: [] }, new ArrayBuffer(0));
}

function layer(className: string, name: string, inbound: unknown, config: Config = {}): Config {
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: inbound };
}

const IN = layer('InputLayer', 'in', [], { batch_input_shape: [null, 4, 4, 2] });
const of = (name: string, node = 0): unknown[] => [name, node, 0, {}];
const FLATTEN = layer('Flatten', 'f', [[of('in')]]);
const ENDS = { input_layers: [['in', 0, 0]], output_layers: [['f', 0, 0]] };
const PLAIN = read([IN, FLATTEN], ENDS).model;

describe('one tensor is read in every form that versions of Keras write it in', () => {
  it.each<[string, Config]>([
    ['flat input_layers', { input_layers: ['in', 0, 0] }],
    ['flat output_layers', { output_layers: ['f', 0, 0] }],
    ['both flat', { input_layers: ['in', 0, 0], output_layers: ['f', 0, 0] }],
    ['nested once more', { input_layers: [[['in', 0, 0]]], output_layers: [[['f', 0, 0]]] }],
  ])('%s', (_name, ends) => {
    expect(read([IN, FLATTEN], { ...ENDS, ...ends }).model).toEqual(PLAIN);
  });

  it('in a call', () => {
    const flat = layer('Flatten', 'f', [of('in')]);
    expect(read([IN, flat], ENDS).model).toEqual(PLAIN);
  });

  it('two inputs stay two, flat or not', () => {
    const two = {
      ...ENDS,
      input_layers: [
        ['in', 0, 0],
        ['other', 0, 0],
      ],
    };
    expect(() => read([IN, FLATTEN], two)).toThrow(
      /input_layers must name one input, got 2; cut the model down/,
    );
    const none = { ...ENDS, input_layers: [] };
    expect(() => read([IN, FLATTEN], none)).toThrow(/input_layers must name one input, got 0/);
  });
});

describe('a shared layer is the one that is named, whoever reads it', () => {
  const shared = layer('ReLU', 'shared', [[of('in')], [of('t')]]);
  const tanh = layer('Activation', 't', [[of('in')]], { activation: 'tanh' });
  const message =
    'layer "shared" (ReLU): inbound_nodes must hold one call, got 2; instead of sharing the layer, give each call a layer of its own';
  it.each<[string, unknown[]]>([
    ['its first call', of('shared')],
    ['its second call', of('shared', 1)],
  ])('by %s', (_name, call) => {
    const flatten = layer('Flatten', 'f', [[call]]);
    expect(() => read([IN, tanh, shared, flatten], ENDS)).toThrow(message);
  });

  it('by two layers at once, and as the output', () => {
    const add = layer('Add', 'sum', [[of('shared', 1), of('shared')]]);
    const flatten = layer('Flatten', 'f', [[of('sum')]]);
    expect(() => read([IN, tanh, shared, add, flatten], ENDS)).toThrow(message);
    const ends = { ...ENDS, output_layers: [['shared', 1, 0]] };
    expect(() => read([IN, tanh, shared], ends)).toThrow(message);
  });

  it('not where a layer is read by several', () => {
    const relu = layer('ReLU', 'r', [[of('in')]]);
    const add = layer('Add', 'sum', [[of('r'), of('r')]]);
    const flatten = layer('Flatten', 'f', [[of('sum')]]);
    expect(read([IN, relu, add, flatten], ENDS).model.layers.map(({ name }) => name)).toEqual([
      'r',
      'sum',
      'f',
    ]);
  });
});

describe('what does nothing is dropped', () => {
  it.each<[string, Config]>([
    [
      'zero padding of zeros',
      layer('ZeroPadding2D', 'z', [[of('in')]], {
        padding: [
          [0, 0],
          [0, 0],
        ],
      }),
    ],
    ['zero padding of 0', layer('ZeroPadding2D', 'z', [[of('in')]], { padding: 0 })],
    ['a reshape to the same shape', layer('Reshape', 'z', [[of('in')]], { target_shape: [4, 4, 2] })],
  ])('%s', (_name, nothing) => {
    const flatten = layer('Flatten', 'f', [[of('z')]]);
    expect(read([IN, nothing, flatten], ENDS).model).toEqual(PLAIN);
    // At the end, where nothing reads it, and between two readers.
    const ends = { ...ENDS, output_layers: [['z', 0, 0]] };
    const afterFlatten = layer('ReLU', 'r', [[of('in')]]);
    const onRelu = { ...nothing, inbound_nodes: [[of('r')]] };
    expect(read([IN, afterFlatten, onRelu], ends).model.layers[0]).toMatchObject({ kind: 'relu', name: 'r' });
  });
});
