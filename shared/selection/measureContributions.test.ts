import { expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import type { ModelSpec } from '../engine/model.ts';
import type { Shard } from '../localWork/shard.ts';
import { createRandom } from '../random.ts';
import { createWasmTrainer } from '../engine/wasm/wasmTrainer.ts';
import { measureContributions } from './measureContributions.ts';
import { createSchemeSpace } from './schemeSpace.ts';

const MODEL: ModelSpec = {
  id: 'tiny',
  input: [4],
  layers: [
    { kind: 'dense', name: 'dense1', units: 16 },
    { kind: 'relu', name: 'relu1' },
    { kind: 'dense', name: 'dense2', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};

/** The sign of a product: the first layer has to be trained for that. `shift` moves one class away: biases help. */
function shardOf(seed: number, samples: number): Shard {
  const random = createRandom(seed);
  const inputs = Float32Array.from({ length: samples * 4 }, () => random.normal());
  const labels = Uint8Array.from({ length: samples }, (_, n) =>
    inputs[n * 4]! * inputs[n * 4 + 1]! > 0.5 ? 1 : 0,
  );
  return { samples, sampleSize: 4, inputs, labels };
}

it('gains rise with what is trained, and a trained first layer gains what a frozen one cannot', async () => {
  const space = createSchemeSpace(MODEL);
  const shares: number[] = [];
  const measure = () =>
    measureContributions({
      space,
      train: shardOf(1, 400),
      heldOut: shardOf(2, 200),
      staging: { scale: 1, offset: 0 },
      createTrainer: (plan) => createWasmTrainer(plan),
      parameters: initialParameters(MODEL, 2),
      batch: 8,
      learningRate: 0.2,
      numSteps: 300,
      seed: 3,
      onProgress: (share) => shares.push(share),
    });
  const measured = await measure();
  const contributions = measured.leftOut;
  expect(contributions.bias).toHaveLength(3);
  for (const gains of [measured.leftOut, measured.mean].flatMap(({ bias, weight }) => [bias, ...weight])) {
    expect(gains[0]).toBe(0);
    expect(gains).toEqual([...gains].sort((a, b) => a - b));
  }
  expect(contributions.weight.map((gains) => gains.length)).toEqual([5, 5]);
  expect(contributions.weight[0]![4]).toBeGreaterThan(0.05);
  expect(shares).toHaveLength(1 + 2 * 10);
  expect(shares.at(-1)).toBe(1);
  expect(await measure()).toEqual(measured);
});
