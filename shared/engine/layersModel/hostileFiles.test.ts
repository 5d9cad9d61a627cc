import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { createRandom, mixSeed, type Random } from '../../random.ts';
import { readLayersModel } from './readLayersModel.ts';
import {
  expectAgreement,
  loadWithTfjs,
  predictWithOurs,
  predictWithTfjs,
  randomInputs,
  randomizeWeights,
  saveWithTfjs,
  type FilePair,
} from './testing/tfjsFiles.ts';
import { TFJS_MODELS } from './testing/tfjsModels.ts';

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  3,
  1e9,
  '',
  'same',
  '__proto__',
  [],
  [[]],
  [1, 2],
  {},
  { a: 1 },
];

/** Puts junk in place of one value of the JSON, takes it away, or doubles it. Returns where. */
function spoil(json: unknown, random: Random): string {
  let place = json as Record<string, unknown>;
  const path: string[] = [];
  for (;;) {
    const keys = Object.keys(place);
    const key = keys[random.integer(keys.length)]!;
    path.push(key);
    const inner = place[key];
    const isInner = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
    if (isInner && random.integer(8) > 0) {
      place = inner as Record<string, unknown>;
      continue;
    }
    const kind = random.integer(8);
    if (kind === 0 && Array.isArray(place)) place.push(inner);
    else if (kind === 1 && Array.isArray(place)) place.splice(Number(key), 1);
    else if (kind <= 1) delete place[key];
    else place[key] = JUNK[random.integer(JUNK.length)];
    return `${path.join('.')} = ${JSON.stringify(place[key])}`;
  }
}

it('a spoiled file is read or refused with a RangeError that says why, whatever was spoiled', async () => {
  await tf.setBackend('cpu');
  let numRefused = 0;
  for (const [index, make] of Object.values(TFJS_MODELS).entries()) {
    const { modelJson, weights } = await saveWithTfjs(randomizeWeights(make(), 1));
    for (let seed = 0; seed < 300; seed++) {
      const random = createRandom(mixSeed(seed, index));
      const json: unknown = structuredClone(modelJson);
      const where = spoil(json, random);
      try {
        readLayersModel(json, weights);
      } catch (error) {
        numRefused++;
        expect(error, `model ${index}, seed ${seed}: ${where}`).toBeInstanceOf(RangeError);
        expect((error as Error).message, `model ${index}, seed ${seed}: ${where}`).toMatch(
          /^(modelJson|modelTopology|weightsManifest|weights|layer "|model ")/,
        );
      }
    }
  }
  expect(numRefused).toBeGreaterThan(1000);
});

it('a spoiled file that is read all the same predicts what TensorFlow.js reads out of it', async () => {
  await tf.setBackend('cpu');
  let numJudged = 0;
  for (const [index, make] of Object.values(TFJS_MODELS).entries()) {
    const { modelJson, weights } = await saveWithTfjs(randomizeWeights(make(), 1));
    for (let seed = 0; seed < 60; seed++) {
      const file = structuredClone({ modelJson, weights });
      const where = spoil(file.modelJson, createRandom(mixSeed(seed, index, 3)));
      const read = attempt(() => readLayersModel(file.modelJson, file.weights));
      if (!read) continue;
      const inputs = randomInputs(read.model.input, seed);
      const theirs = await predictionsOf(file, inputs);
      if (!theirs) continue;
      const ours = await predictWithOurs(read.model, read.parameters, inputs);
      expectAgreement(ours, theirs, `model ${index}, seed ${seed}: ${where}`);
      numJudged++;
    }
  }
  expect(numJudged).toBeGreaterThan(200);
});

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** Null where TensorFlow.js refuses the file. */
async function predictionsOf(file: FilePair, inputs: Float32Array): Promise<Float32Array | null> {
  const model = await loadWithTfjs(file).catch(() => null);
  return model && attempt(() => predictWithTfjs(model, inputs));
}
