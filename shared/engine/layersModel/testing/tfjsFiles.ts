// LayersModel files through TensorFlow.js's own hands: what it saves, what it loads and predicts, and what we predict.

import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { createRandom, mixSeed, type Random } from '../../../random.ts';
import { sizeOf } from '../../shapes.ts';
import type { ModelSpec, Parameters } from '../../model.ts';
import { planTraining } from '../../planTraining.ts';
import { createReferenceTrainer } from '../../reference/referenceTrainer.ts';
import { readLayersModel } from '../readLayersModel.ts';

export interface FilePair {
  readonly modelJson: unknown;
  readonly weights: ArrayBuffer;
}

const SAMPLES = 3;

/** Gives all weights of a model seeded values: biases and moving statistics too, variances positive. */
export function randomizeWeights(model: tf.LayersModel, seed: number): tf.LayersModel {
  const random = createRandom(mixSeed(seed, 5));
  for (const weight of model.weights) {
    const shape = weight.shape as number[];
    const fanIn = Math.max(1, sizeOf(shape) / shape.at(-1)!);
    const draw = (): number => {
      if (/variance/.test(weight.originalName)) return 0.5 + random.uniform() * 2;
      if (/gamma/.test(weight.originalName)) return 1 + random.normal() / 4;
      return (shape.length > 1 ? 1.4 / Math.sqrt(fanIn) : 0.3) * random.normal();
    };
    weight.write(tf.tensor(Float32Array.from({ length: sizeOf(shape) }, draw), shape));
  }
  return model;
}

/** What TensorFlow.js's own save handler makes of a model, through JSON as a file would be. */
export async function saveWithTfjs(model: tf.LayersModel, includeOptimizer = false): Promise<FilePair> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler, { includeOptimizer });
  const { weightSpecs, modelTopology, format } = saved!;
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  return {
    modelJson: JSON.parse(JSON.stringify({ modelTopology, format, weightsManifest })),
    weights: saved!.weightData as ArrayBuffer,
  };
}

/** Loads `model.json` and `weights.bin` the way TensorFlow.js loads them from a server. */
export async function loadWithTfjs({ modelJson, weights }: FilePair): Promise<tf.LayersModel> {
  const text = JSON.stringify(modelJson);
  const fetchFunc = async (path: string) =>
    path.endsWith('.json')
      ? new Response(text, { headers: { 'content-type': 'application/json' } })
      : new Response(weights.slice(0), { headers: { 'content-type': 'application/octet-stream' } });
  return tf.loadLayersModel(tf.io.http('http://localhost/model.json', { fetchFunc: fetchFunc as never }));
}

/** Predictions of TensorFlow.js, flat. */
export function predictWithTfjs(model: tf.LayersModel, inputs: Float32Array): Float32Array {
  const shape = model.inputs[0]!.shape.slice(1) as number[];
  return tf.tidy(() => {
    const outputs = model.predict(tf.tensor(inputs, [SAMPLES, ...shape])) as tf.Tensor;
    return Float32Array.from(outputs.dataSync());
  });
}

/** Predictions of our reference trainer, flat. */
export async function predictWithOurs(
  model: ModelSpec,
  parameters: Parameters,
  inputs: Float32Array,
): Promise<Float32Array> {
  const trainer = createReferenceTrainer(planTraining(model, { entries: [] }, { batch: SAMPLES }));
  trainer.load([...parameters.keys()], parameters);
  return trainer.predict({ inputs, labels: new Uint8Array(SAMPLES), count: SAMPLES });
}

/** Three seeded samples of a shape. */
export function randomInputs(shape: readonly number[], seed: number): Float32Array {
  const random: Random = createRandom(mixSeed(seed, 6));
  return Float32Array.from({ length: SAMPLES * sizeOf(shape) }, () => random.normal());
}

/** To 1e-5 of the largest prediction, or of 1 where all are smaller. Fails where all are zero: then nothing was judged. */
export function expectAgreement(ours: Float32Array, theirs: Float32Array, label: string): void {
  expect(ours.length, label).toBe(theirs.length);
  const largest = theirs.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  expect(largest, label).toBeGreaterThan(0);
  const error = theirs.reduce((worst, value, index) => Math.max(worst, Math.abs(value - ours[index]!)), 0);
  expect(error, label).toBeLessThanOrEqual(1e-5 * Math.max(1, largest));
}

/** Saves a model by TensorFlow.js, reads it by ours, and has both predict. */
export async function expectReadAgrees(
  model: tf.LayersModel,
  seed: number,
  label: string,
): Promise<ModelSpec> {
  const file = await saveWithTfjs(model);
  const { model: ours, parameters } = readLayersModel(file.modelJson, file.weights);
  const inputs = randomInputs(ours.input, seed);
  expectAgreement(await predictWithOurs(ours, parameters, inputs), predictWithTfjs(model, inputs), label);
  return ours;
}
