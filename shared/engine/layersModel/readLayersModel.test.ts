import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { parametersOf } from '../model.ts';
import { judge } from '../testing/tfjsOracle.ts';
import { readLayersModel } from './readLayersModel.ts';
import {
  expectAgreement,
  expectReadAgrees,
  loadWithTfjs,
  predictWithOurs,
  predictWithTfjs,
  randomInputs,
  randomizeWeights,
  saveWithTfjs,
} from './testing/tfjsFiles.ts';
import { randomTfjsModel, TFJS_MODELS } from './testing/tfjsModels.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Spec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; min?: number; scale?: number };
}
interface File {
  modelTopology: { class_name: string; config: object };
  weightsManifest: { weights: Spec[] }[];
}

async function savedFile(name: string, seed: number): Promise<{ json: File; weights: ArrayBuffer }> {
  const { modelJson, weights } = await saveWithTfjs(randomizeWeights(TFJS_MODELS[name]!(), seed));
  return { json: modelJson as File, weights };
}

async function expectBothReadAlike(json: unknown, weights: ArrayBuffer, seed: number): Promise<void> {
  const { model, parameters } = readLayersModel(json, weights);
  const inputs = randomInputs(model.input, seed);
  const theirs = predictWithTfjs(await loadWithTfjs({ modelJson: json, weights }), inputs);
  expectAgreement(await predictWithOurs(model, parameters, inputs), theirs, `seed ${seed}`);
}

describe('a model saved by TensorFlow.js predicts the same when it is read', () => {
  it.each(Object.keys(TFJS_MODELS))('%s', async (name) => {
    for (let seed = 1; seed <= 3; seed++)
      await expectReadAgrees(randomizeWeights(TFJS_MODELS[name]!(), seed), seed, `${name}, seed ${seed}`);
  });

  it('random functional networks', async () => {
    const losses = new Set<string>();
    let numAdds = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const model = await expectReadAgrees(
        randomizeWeights(randomTfjsModel(seed), seed),
        seed,
        `seed ${seed}`,
      );
      losses.add(model.loss);
      numAdds += model.layers.filter((layer) => layer.kind === 'add').length;
    }
    expect(losses.size).toBe(3);
    expect(numAdds).toBeGreaterThan(10);
  });

  it('with an optimizer saved beside it', async () => {
    const model = randomizeWeights(TFJS_MODELS['a perceptron with its activations inside']!(), 4);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(tf.zeros([2, 9]), tf.zeros([2, 4]), { epochs: 1, verbose: 0 });
    const { modelJson, weights } = await saveWithTfjs(model, true);
    const read = readLayersModel(modelJson, weights);
    const inputs = randomInputs([9], 4);
    const ours = await predictWithOurs(read.model, read.parameters, inputs);
    expectAgreement(ours, predictWithTfjs(model, inputs), 'with optimizer');
  });
});

describe('a file', () => {
  it('becomes layers of ours: activations split off, normalizations folded, the last activation in the loss', async () => {
    const { json, weights } = await savedFile('a convolutional network with pools', 1);
    const { model } = readLayersModel(json, weights);
    expect(model.loss).toBe('softmaxCrossEntropy');
    expect(model.layers.map((layer) => layer.kind).join(' ')).toBe(
      'conv2d relu maxPool2d conv2d sigmoid avgPool2d flatten dense',
    );
    expect(model.layers.every((layer) => layer.inputs === undefined)).toBe(true);
    const normed = await savedFile('batch normalizations behind every layer that can have one', 1);
    const { model: folded } = readLayersModel(normed.json, normed.weights);
    expect(folded.layers.map((layer) => layer.kind).join(' ')).toBe(
      'conv2d relu conv2d relu6 conv2d conv2d flatten dense',
    );
  });

  it('converted from Keras is read: wrapped topology, Functional, names with a cell in between', async () => {
    const { json, weights } = await savedFile('residual blocks with three branches', 2);
    const { config } = json.modelTopology;
    const converted = {
      format: 'layers-model',
      generatedBy: 'keras v2.15.0',
      modelTopology: {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: { class_name: 'Functional', config },
      },
      weightsManifest: json.weightsManifest.map((group) => ({
        paths: ['group1-shard1of1.bin'],
        weights: group.weights.map((spec) => ({
          ...spec,
          name: spec.name.replace(/^(.*)\/([^/]*)$/, '$1/cell/$2'),
        })),
      })),
    };
    await expectBothReadAlike(converted, weights, 2);
    const prefixed = {
      ...converted,
      weightsManifest: json.weightsManifest.map((group) => ({
        weights: group.weights.map((spec) => ({ ...spec, name: `network_1/${spec.name}:0` })),
      })),
    };
    expect(readLayersModel(prefixed, weights)).toEqual(readLayersModel(json, weights));
  });

  it('may list its layers in any order', async () => {
    const { json, weights } = await savedFile('residual blocks with three branches', 3);
    const plain = readLayersModel(json, weights);
    const { config } = json.modelTopology as { config: { layers: unknown[] } };
    config.layers.reverse();
    expect(readLayersModel(json, weights)).toEqual(plain);
  });

  it('may come as artifacts in memory, and as the bare list of layers of old versions', async () => {
    const { json, weights } = await savedFile('a perceptron with its activations inside', 5);
    const plain = readLayersModel(json, weights);
    const { weightsManifest, modelTopology } = json;
    const inMemory = { modelTopology, weightSpecs: weightsManifest[0]!.weights };
    expect(readLayersModel(inMemory, weights)).toEqual(plain);
    const { layers } = modelTopology.config as { layers: unknown };
    const old = { weightsManifest, modelTopology: { class_name: 'Sequential', config: layers } };
    expect(readLayersModel(old, weights).parameters).toEqual(plain.parameters);
  });

  it.each(['uint8', 'uint16', 'float16'])(
    'quantised to %s is decoded as TensorFlow.js does',
    async (dtype) => {
      const { json } = await savedFile('a convolutional network with pools', 6);
      const random = createRandom(6);
      const words = dtype === 'uint8' ? Uint8Array : Uint16Array;
      const top = dtype === 'uint8' ? 255 : 65535;
      const [group] = json.weightsManifest;
      const bytes: number[] = [];
      group!.weights.forEach((spec) => {
        spec.quantization =
          dtype === 'float16' ? { dtype } : { dtype, min: -0.4, scale: (0.7 + random.uniform()) / top };
        const size = spec.shape.reduce((product, extent) => product * extent, 1);
        // Halves of 2^-7 to 2^-1, of either sign.
        const half = () => (random.integer(2) << 15) | ((8 + random.integer(6)) << 10) | random.integer(1024);
        const values = new words(size).map(() => (dtype === 'float16' ? half() : random.integer(top + 1)));
        bytes.push(...new Uint8Array(values.buffer));
      });
      await expectBothReadAlike(json, Uint8Array.from(bytes).buffer, 6);
    },
  );

  it('that says the depth multiplier of a separable convolution, as Keras does and TensorFlow.js does not, is read', async () => {
    const input = { inputShape: [7, 6, 3] };
    const made = tf.sequential({
      layers: [
        tf.layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, ...input }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3 }),
      ],
    });
    const { modelJson, weights } = await saveWithTfjs(randomizeWeights(made, 7));
    const { config } = (modelJson as File).modelTopology as { config: { layers: { config: object }[] } };
    Object.assign(config.layers[0]!.config, { depth_multiplier: 2 });
    await expectBothReadAlike(modelJson, weights, 7);
  });

  it('with what Keras has and TensorFlow.js lacks is read: grouped convolutions and group norms', async () => {
    const random = createRandom(9);
    const shapes: [string, number[]][] = [
      ['conv/kernel', [3, 3, 2, 6]],
      ['conv/bias', [6]],
      ['norm/gamma', [6]],
      ['norm/beta', [6]],
      ['out/kernel', [6, 3]],
      ['out/bias', [3]],
    ];
    const json = {
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: 'grouped',
          layers: [
            { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 6, 5, 4] } },
            { class_name: 'Conv2D', config: { name: 'conv', filters: 6, kernel_size: [3, 3], groups: 2 } },
            {
              class_name: 'GroupNormalization',
              config: { name: 'norm', groups: 3, axis: -1, epsilon: 0.01 },
            },
            { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
            { class_name: 'Dense', config: { name: 'out', units: 3, activation: 'softmax' } },
          ],
        },
      },
      weightsManifest: [{ weights: shapes.map(([name, shape]) => ({ name, shape, dtype: 'float32' })) }],
    };
    const size = shapes.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const weights = Float32Array.from({ length: size }, () => random.normal() / 3).buffer;
    const { model, parameters } = readLayersModel(json, weights);
    expect(parametersOf(model).map((spec) => spec.shape)).toEqual(shapes.map(([, shape]) => shape));
    const inputs = randomInputs(model.input, 9);
    const { outputs } = await judge(model, parameters, { inputs, labels: new Uint8Array(3), count: 3 });
    expectAgreement(await predictWithOurs(model, parameters, inputs), outputs, 'grouped');
  });
});
