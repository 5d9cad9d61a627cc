import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom, mixSeed } from '../../random.ts';
import { pairOf } from '../layers/layer.ts';
import type { LayerSpec } from '../layers/layers.ts';
import { inputsOf, parametersOf, type ModelSpec } from '../model.ts';
import { findModel, MODELS } from '../models.ts';
import { randomCase } from '../testing/randomCase.ts';
import { readLayersModel } from './readLayersModel.ts';
import {
  expectAgreement,
  loadWithTfjs,
  predictWithOurs,
  predictWithTfjs,
  randomInputs,
} from './testing/tfjsFiles.ts';
import { writeLayersModel } from './writeLayersModel.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function randomParameters(model: ModelSpec, seed: number): Float32Array[] {
  const random = createRandom(mixSeed(seed, 8));
  return parametersOf(model).map(({ role, size, shape }) => {
    const spread = role === 'weight' ? Math.sqrt((2 * shape.at(-1)!) / size) : 0.2;
    return Float32Array.from({ length: size }, () => random.normal() * spread);
  });
}

/** TensorFlow.js loads what we write and predicts what we predict; we read it as the model that it was. */
async function expectRoundTrip(model: ModelSpec, parameters: Float32Array[], seed: number): Promise<void> {
  const { modelJson, weights } = writeLayersModel(model, parameters);
  const file = { modelJson: JSON.parse(JSON.stringify(modelJson)) as unknown, weights };
  const loaded = await loadWithTfjs(file);
  const inputs = randomInputs(model.input, seed);
  const label = `${model.id}, seed ${seed}`;
  const ours = await predictWithOurs(model, parameters, inputs);
  expectAgreement(ours, predictWithTfjs(loaded, inputs), label);
  loaded.dispose();
  const back = readLayersModel(file.modelJson, weights);
  expect(back.parameters, label).toEqual(parameters);
  expect(plainly(back.model), label).toEqual(plainly(model));
}

/** With all that is default or said twice in one form; a flatten of what is flat is not written. */
function plainly(model: ModelSpec): object {
  const layers = model.layers.map((layer, index) => {
    const reads = inputsOf(model, index).map((read) => (read < 0 ? 'input' : model.layers[read]!.name));
    const full: LayerSpec & { inputs: readonly string[] } = { ...layer, inputs: reads };
    if (full.kind === 'conv2d') return { ...full, groups: full.groups ?? 1 };
    if (full.kind === 'maxPool2d' || full.kind === 'avgPool2d')
      return { ...full, size: pairOf(full.size), stride: pairOf(full.stride) };
    return full;
  });
  return { ...model, layers };
}

describe('a model of ours, written, predicts the same in TensorFlow.js and is read as it was', () => {
  it.each(MODELS.filter(({ id }) => id !== 'resnet8-32').map(({ id }) => id))('%s', async (id) => {
    const model = findModel(id);
    await expectRoundTrip(model, randomParameters(model, 1), 1);
  });

  it('random models of all losses', async () => {
    const written = new Set<string>();
    let numRefused = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const { model, parameters } = randomCase(seed);
      const why = reasonToRefuse(model);
      if (why) {
        expect(() => writeLayersModel(model, parameters), `seed ${seed}`).toThrow(why);
        numRefused++;
        continue;
      }
      await expectRoundTrip(model, [...parameters], seed);
      for (const layer of model.layers) written.add(layer.kind);
      written.add(model.loss);
    }
    expect(numRefused).toBeGreaterThan(5);
    const all =
      'add avgPool2d binaryCrossEntropy conv2d dense dropout elu flatten globalAvgPool maxPool2d meanSquaredError relu relu6 sigmoid softmaxCrossEntropy tanh';
    expect([...written].sort().join(' ')).toBe(all);
  });

  it('with a layer norm, and a flatten of what is flat (from memory)', async () => {
    const model: ModelSpec = {
      id: 'normed',
      input: [7],
      layers: [
        { kind: 'dense', name: 'hidden', units: 6 },
        { kind: 'groupNorm', name: 'norm', groups: 1, epsilon: 0.01 },
        { kind: 'dense', name: 'softmax', units: 4 },
      ],
      loss: 'softmaxCrossEntropy',
    };
    await expectRoundTrip(model, randomParameters(model, 2), 2);
    const flat: ModelSpec = { ...model, layers: [...model.layers, { kind: 'flatten', name: 'flat' }] };
    const parameters = randomParameters(flat, 3);
    const { modelJson, weights } = writeLayersModel(flat, parameters);
    const inputs = randomInputs([7], 3);
    const inMemory = tf.io.fromMemory({
      modelTopology: modelJson.modelTopology,
      weightSpecs: modelJson.weightsManifest[0]!.weights as tf.io.WeightsManifestEntry[],
      weightData: weights,
    });
    const theirs = predictWithTfjs(await tf.loadLayersModel(inMemory), inputs);
    expectAgreement(await predictWithOurs(flat, parameters, inputs), theirs, 'flat');
  });
});

/** What the error names, where TensorFlow.js lacks a layer of the model. */
function reasonToRefuse(model: ModelSpec): string | null {
  for (const layer of model.layers) {
    if (layer.kind === 'groupNorm')
      return `layer "${layer.name}" (groupNorm): TensorFlow.js has no group norm`;
    if (layer.kind !== 'conv2d' || (layer.groups ?? 1) === 1) continue;
    const weight = parametersOf(model).find(({ name }) => name === `${layer.name}.weight`)!;
    if (weight.shape[2] !== 1) return `layer "${layer.name}" (conv2d): TensorFlow.js has no convolution of`;
  }
  return null;
}

it('names that TensorFlow.js does not take are changed, differ, and are told', async () => {
  const names = ['my layer', 'my_layer', 'my?layer', '_first', 'größe', '層', '层', 'softmax', 'weights:0'];
  const layers = names.map((name): LayerSpec => ({ kind: 'dense', name, units: 6 }));
  const model: ModelSpec = { id: 'a model', input: [5], layers, loss: 'softmaxCrossEntropy' };
  const parameters = randomParameters(model, 1);
  const { modelJson, weights } = writeLayersModel(model, parameters);
  const inputs = randomInputs(model.input, 1);
  const loaded = await loadWithTfjs({ modelJson: JSON.parse(JSON.stringify(modelJson)), weights });
  expectAgreement(await predictWithOurs(model, parameters, inputs), predictWithTfjs(loaded, inputs), 'names');
  loaded.dispose();
  expect(modelJson.userDefinedMetadata).toEqual({
    namesInMinnow: {
      'my_layer.2': 'my layer',
      'my_layer.3': 'my?layer',
      layer_first: '_first',
      gro_e: 'größe',
      layer_: '層',
      'layer_.2': '层',
      weights_0: 'weights:0',
    },
  });
  expect(
    writeLayersModel(findModel('mlp'), randomParameters(findModel('mlp'), 1)).modelJson,
  ).not.toHaveProperty('userDefinedMetadata');
  expect(readLayersModel(modelJson, weights).parameters).toEqual(parameters);
});

it('layers that are wired by name are wired by the changed ones', async () => {
  const model: ModelSpec = {
    id: 'wired',
    input: [4],
    layers: [
      { kind: 'dense', name: 'left side', units: 3 },
      { kind: 'dense', name: 'right side', units: 3, inputs: ['input'] },
      { kind: 'add', name: 'the sum', inputs: ['left side', 'right side'] },
      { kind: 'dense', name: 'out', units: 2 },
    ],
    loss: 'meanSquaredError',
  };
  const parameters = randomParameters(model, 2);
  const { modelJson, weights } = writeLayersModel(model, parameters);
  const inputs = randomInputs(model.input, 2);
  const loaded = await loadWithTfjs({ modelJson: JSON.parse(JSON.stringify(modelJson)), weights });
  expectAgreement(await predictWithOurs(model, parameters, inputs), predictWithTfjs(loaded, inputs), 'wired');
  loaded.dispose();
});

describe('a model that cannot be written is refused', () => {
  const model = findModel('mlp');

  it('with a layer that TensorFlow.js lacks, by its name and with what would do instead', () => {
    const resnet = findModel('resnet8-32');
    expect(() => writeLayersModel(resnet, randomParameters(resnet, 1))).toThrow(
      /^layer "stem\.norm" \(groupNorm\): TensorFlow\.js has no group normalization .* instead$/,
    );
  });

  it('with parameters that are not its own', () => {
    const parameters = randomParameters(model, 1);
    expect(() => writeLayersModel(model, parameters.slice(1))).toThrow(
      'parameters must hold the 4 tensors of model "mlp", got 3',
    );
    expect(() => writeLayersModel(model, [new Float32Array(3), ...parameters.slice(1)])).toThrow(
      'parameters: "dense1.weight" must have 100352 elements, got 3',
    );
  });
});
