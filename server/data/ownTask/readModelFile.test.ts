import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import {
  expectAgreement,
  predictWithOurs,
  predictWithTfjs,
  randomizeWeights,
  randomInputs,
} from '../../../shared/engine/layersModel/testing/tfjsFiles.ts';
import { createTaskOpener, contentKeyOf } from '../openTask.ts';
import { DataError } from '../dataError.ts';
import { trainFederated } from '../testing/trainFederated.ts';
import { smallTfjsModel, writeModelFile } from '../testing/writeModelFile.ts';
import { writeTaskFile } from '../testing/writeTaskFile.ts';
import { openOwnTask } from './openOwnTask.ts';

let base: string;
let folder: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'minnow-model-'));
  folder = join(base, 'task');
});
afterEach(() => rmSync(base, { recursive: true }));

const taskOf = (model: string, changes: object = {}) =>
  writeTaskFile(folder, { changes: { model, ...changes } });
const open = (model = 'model.json', changes: object = {}, dataDir = '') =>
  openOwnTask(taskOf(model, changes), dataDir);

/** What TensorFlow.js classifies right. */
function accuracyByTfjs(model: tf.LayersModel, inputs: Float32Array, labels: Uint8Array): number {
  return tf.tidy(() => {
    const outputs = model.predict(tf.tensor(inputs, [labels.length, 2])) as tf.Tensor;
    const found = outputs.argMax(1).dataSync();
    return labels.reduce((sum, label, i) => sum + Number(found[i] === label), 0) / labels.length;
  });
}

describe('a task whose model is a file of TensorFlow.js', () => {
  test('starts from its weights, in as many shards as they are, and is measured as TensorFlow.js measures it', async () => {
    const model = smallTfjsModel(3);
    await writeModelFile(join(folder, 'model.json'), model, 3);
    writeTaskFile(folder, { rows: 300, changes: { model: 'model.json' } });
    const opened = await openOwnTask(join(folder, 'task.json'));
    const { task, data, start } = opened;
    expect(task.model).toMatchObject({ id: 'ring', input: [2], loss: 'softmaxCrossEntropy' });
    expect(task.model.layers.map(({ kind, name }) => [kind, name])).toEqual([
      ['dense', 'hidden'],
      ['relu', 'hidden.relu'],
      ['dense', 'class'],
    ]);
    expect(start).not.toEqual(initialParameters(task.model, 1));
    const { score } = await trainFederated({ opened, seed: 1, budgetBytes: 1 << 20, numUpdates: 0 });
    expect(score).toBeCloseTo(accuracyByTfjs(model, data.test.inputs as Float32Array, data.test.labels), 10);
    // From there on it learns.
    const trained = await trainFederated({ opened, seed: 1, budgetBytes: 1 << 20, numUpdates: 150 });
    expect(trained.score).toBeGreaterThan(Math.max(0.7, score));
  });

  test('may be one that was converted from Keras: functional, normed, its shards gzipped in a folder below', async () => {
    const input = tf.input({ shape: [2], name: 'row' });
    const { dense, batchNormalization, activation } = tf.layers;
    const normed = batchNormalization().apply(dense({ units: 6, useBias: false }).apply(input));
    const output = dense({ units: 2, activation: 'softmax' }).apply(
      activation({ activation: 'relu' }).apply(normed),
    );
    const keras = randomizeWeights(tf.model({ inputs: input, outputs: output as tf.SymbolicTensor }), 8);
    const { json } = await writeModelFile(join(folder, 'keras/model.json'), keras, 1);
    // As the converter writes it: the topology within what Keras tells of itself.
    const { modelTopology } = json as unknown as { modelTopology: object };
    const config = { keras_version: '2.15.0', backend: 'tensorflow', model_config: modelTopology };
    const [group] = json.weightsManifest;
    const shard = group!.paths[0]!;
    writeFileSync(join(folder, 'keras', shard), gzipSync(readFileSync(join(folder, 'keras', shard))));
    writeFileSync(
      join(folder, 'keras/model.json'),
      JSON.stringify({
        format: 'layers-model',
        generatedBy: 'keras v2.15.0',
        modelTopology: config,
        weightsManifest: [group],
      }),
    );
    const { task, start } = await open('keras/model.json');
    const inputs = randomInputs([2], 4);
    expectAgreement(
      await predictWithOurs(task.model, start!, inputs),
      predictWithTfjs(keras, inputs),
      'keras',
    );
  });

  test('without an activation at its end gives logits where the data have labels alone, and that is said', async () => {
    const linear = smallTfjsModel(5, 2, 'linear');
    await writeModelFile(join(folder, 'model.json'), linear);
    const { task, notes } = await open();
    expect(task.model.loss).toBe('softmaxCrossEntropy');
    expect(notes[0]).toBe(
      'model.json ends without an activation: what it gives is taken as logits of the classes (softmaxCrossEntropy).',
    );
    const data = { format: 'csv', train: 'data.csv', test: { share: 0.2 }, inputs: ['x', 'y'] };
    const values = { data: { ...data, targets: ['x', 'y'] }, classes: undefined, metric: 'mse' };
    const fitted = await open('model.json', values);
    expect(fitted.task.model.loss).toBe('meanSquaredError');
    expect(fitted.notes.join()).not.toContain('logits');
  });

  test('is known by its content: other weights are another task', async () => {
    await writeModelFile(join(folder, 'model.json'), smallTfjsModel(1));
    const first = await open();
    await writeModelFile(join(folder, 'model.json'), smallTfjsModel(1), 1);
    const again = await createTaskOpener('')(join(folder, 'task.json'), 1);
    await writeModelFile(join(folder, 'model.json'), smallTfjsModel(2), 1);
    const other = await open();
    expect(again.file).toEqual(first.file);
    expect(contentKeyOf(again)).toBe(contentKeyOf(first));
    expect(other.file.modelSha256).not.toBe(first.file.modelSha256);
    expect(contentKeyOf(other)).not.toBe(contentKeyOf(first));
  });

  test('may lie in the folder of data, as data may', async () => {
    await writeModelFile(join(base, 'data/model.json'), smallTfjsModel(1));
    const opened = await open('../data/model.json', {}, join(base, 'data'));
    expect(opened.start).toHaveLength(4);
    await expect(open('../data/model.json')).rejects.toThrow('model: expected a file in the folder');
  });
});

/** Throws DataError, in one line with that text. */
async function refuses(message: string, opening: Promise<unknown>): Promise<void> {
  const error: unknown = await opening.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).not.toContain('\n');
}

describe('refuses in one sentence', () => {
  test('a model of other classes or inputs than the data have', async () => {
    await writeModelFile(join(folder, 'model.json'), smallTfjsModel(1, 3));
    await refuses('classes: expected 3 for a model of 3 outputs, got 2', open());
    const { dense } = tf.layers;
    const wide = tf.sequential({ layers: [dense({ units: 2, inputShape: [5], activation: 'softmax' })] });
    await writeModelFile(join(folder, 'model.json'), wide);
    await refuses("expected 5 inputs a sample for the model's input [5] (task.json), got 2: x, y", open());
  });

  test('files that are not there, are none, or are damaged', async () => {
    await refuses('none.json: expected a file that can be read, got ENOENT', open('none.json'));
    await refuses('which is no name of a file either', open('mobilenet'));
    const file = join(folder, 'model.json');
    const { json } = await writeModelFile(file, smallTfjsModel(1));
    const write = (change: object) => writeFileSync(file, JSON.stringify({ ...json, ...change }));
    writeFileSync(file, '{');
    await refuses('model.json: expected JSON, got', open());
    writeFileSync(file, '[]');
    await refuses('model.json: modelJson must be an object, got []', open());
    write({ format: 'graph-model' });
    await refuses('model.json: format must be "layers-model", got "graph-model"', open());
    const [group] = json.weightsManifest;
    write({ weightsManifest: [{ ...group, paths: group!.paths.slice(1) }] });
    await refuses('weights must hold', open());
    write({ weightsManifest: [{ ...group, paths: [7] }] });
    await refuses('weightsManifest[0].paths[0] must be the name of a file, got 7', open());
    write({ weightsManifest: undefined });
    await refuses('weightsManifest must be a list, got nothing', open());
    write({});
    rmSync(join(folder, group!.paths[1]!));
    await refuses('group1-shard2of2.bin: expected a file that can be read, got ENOENT', open());
  });

  test('files and shards elsewhere: by .., from the root, through a link', async () => {
    const { json } = await writeModelFile(join(base, 'secret/model.json'), smallTfjsModel(1), 1);
    mkdirSync(folder);
    symlinkSync('../secret/model.json', join(folder, 'link.json'));
    symlinkSync('../secret/group1-shard1of1.bin', join(folder, 'link.bin'));
    const outside = 'model: expected a file in the folder';
    await refuses(outside, open('../secret/model.json'));
    await refuses(outside, open(join(base, 'secret/model.json')));
    await refuses('which leads to', open('link.json'));
    for (const path of ['../secret/group1-shard1of1.bin', '/etc/passwd', 'link.bin', 'sub/../../secret/x']) {
      const weightsManifest = [{ ...json.weightsManifest[0], paths: [path] }];
      writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...json, weightsManifest }));
      await refuses(outside, open());
    }
  });

  test('weights without end', async () => {
    const { json } = await writeModelFile(join(folder, 'model.json'), smallTfjsModel(1), 1);
    const shard = json.weightsManifest[0]!.paths[0]!;
    truncateSync(join(folder, shard), 2 ** 28 + 1);
    await refuses('expected weights of at most 268435456 bytes in all, got more', open());
  });
});
