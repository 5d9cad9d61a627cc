// LayersModel files as TensorFlow.js saves them, for tests: `model.json`, and weights in shards beside it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { randomizeWeights, saveWithTfjs } from '../../../shared/engine/layersModel/testing/tfjsFiles.ts';

/** Writes the model, its weights cut into so many shards of almost one size, named as converters name them. */
export async function writeModelFile(
  path: string,
  model: tf.LayersModel,
  numShards = 2,
): Promise<{ readonly json: { weightsManifest: { paths: string[]; weights: unknown[] }[] } }> {
  const { modelJson, weights } = await saveWithTfjs(model);
  const json = modelJson as Awaited<ReturnType<typeof writeModelFile>>['json'];
  mkdirSync(dirname(path), { recursive: true });
  const paths = Array.from({ length: numShards }, (_, k) => `group1-shard${k + 1}of${numShards}.bin`);
  paths.forEach((name, k) => {
    const cut = (n: number): number => Math.round((n * weights.byteLength) / numShards);
    writeFileSync(join(dirname(path), name), new Uint8Array(weights.slice(cut(k), cut(k + 1))));
  });
  json.weightsManifest[0]!.paths = paths;
  writeFileSync(path, JSON.stringify(json));
  return { json };
}

/** Two numbers in, probabilities of two classes out; seeded weights. */
export function smallTfjsModel(seed: number, outputs = 2, activation: 'softmax' | 'linear' = 'softmax') {
  const { dense } = tf.layers;
  const layers = [
    dense({ units: 8, inputShape: [2], activation: 'relu', name: 'hidden' }),
    dense({ units: outputs, activation, name: 'class' }),
  ];
  return randomizeWeights(tf.sequential({ layers }), seed);
}
