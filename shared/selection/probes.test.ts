import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import { findModel } from '../engine/models.ts';
import { leastDeviceBytes, planTraining } from '../engine/planTraining.ts';
import { createReferenceTrainer } from '../engine/reference/referenceTrainer.ts';
import { EMPTY_SCHEME } from '../engine/scheme.ts';
import type { ModelSpec } from '../engine/model.ts';
import type { Trainer } from '../engine/trainer.ts';
import { probeBatches, runProbe, type ProbeOptions } from '../localWork/runProbe.ts';
import type { Shard } from '../localWork/shard.ts';
import { createRandom } from '../random.ts';
import type { ProbeReport } from '../federation/probePlanner.ts';
import { errorOf, estimateContributions, largestProbe, probeGroups } from './probes.ts';
import { createSchemeSpace, genomeSize, wholeGenome } from './schemeSpace.ts';

const MODEL: ModelSpec = {
  id: 'tiny',
  input: [4],
  layers: [
    { kind: 'dense', name: 'dense1', units: 8 },
    { kind: 'relu', name: 'relu1' },
    { kind: 'dense', name: 'dense2', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};
const STAGING = { scale: 1, offset: 0 };
const space = createSchemeSpace(MODEL);
const costOf = (scheme: Parameters<typeof leastDeviceBytes>[1]) => leastDeviceBytes(MODEL, scheme, 4);

/** Two classes that a noisy line parts. */
function shardOf(seed: number, samples: number): Shard {
  const random = createRandom(seed);
  const inputs = Float32Array.from({ length: samples * 4 }, () => random.normal());
  const labels = Uint8Array.from({ length: samples }, (_, n) =>
    inputs[n * 4]! + inputs[n * 4 + 1]! > 2 * random.normal() ? 1 : 0,
  );
  return { samples, sampleSize: 4, inputs, labels };
}

/** On a device without limits, in batches of four. */
function probing(
  trainer: Trainer,
  shard: Shard,
  { learningRate = 0.1, ...change }: Partial<ProbeOptions> & { readonly learningRate?: number } = {},
): ProbeOptions {
  return {
    trainer,
    shard,
    staging: STAGING,
    localWork: { batch: 4, epochs: 1, maxSteps: 1, learningRate },
    numBatches: 8,
    seed: 5,
    flopsPerSecond: 0,
    clock: { now: () => 0, sleepUntil: async () => {}, yield: async () => {} },
    signal: new AbortController().signal,
    mayGoOn: async () => false,
    stepped: () => {},
    ...change,
  };
}

describe('a probe', () => {
  it('measures the square of the gradient, which the noise of small batches does not inflate', async () => {
    const probe = largestProbe(space, { unit: 0, part: 'weight' }, 1e9, costOf)!;
    const trainer = createReferenceTrainer(planTraining(MODEL, probe.scheme, { batch: 4 }));
    const parameters = initialParameters(MODEL, 3);
    trainer.load([...parameters.keys()], parameters);
    const shard = shardOf(1, 400);
    const rate = 1e-3;

    const whole = createReferenceTrainer(planTraining(MODEL, probe.scheme, { batch: 400 }));
    whole.load([...parameters.keys()], parameters);
    const squareFrom = async (from: number, count: number): Promise<number> => {
      whole.beginUpdate();
      whole.step(
        { inputs: shard.inputs.subarray(4 * from), labels: shard.labels.subarray(from), count },
        rate,
      );
      const delta = Float32Array.from(await whole.finishUpdate());
      whole.load([...parameters.keys()], parameters);
      return delta.reduce((sum, value) => sum + value * value, 0) / rate;
    };
    const truth = await squareFrom(0, 400);
    let noisy = 0;
    for (let batch = 0; batch < 100; batch++) noisy += (await squareFrom(4 * batch, 4)) / 100;

    const product = (await runProbe(probing(trainer, shard, { numBatches: 100, learningRate: rate })))!;
    expect(noisy).toBeGreaterThan(3 * truth);
    expect(Math.abs(product / truth - 1)).toBeLessThan(0.25);
    expect(await trainer.read()).toEqual(parameters);
  });

  it('takes smaller batches of a small shard, and needs two samples', async () => {
    const probe = largestProbe(space, { unit: 1, part: 'small' }, 1e9, costOf)!;
    const trainer = createReferenceTrainer(planTraining(MODEL, probe.scheme, { batch: 4 }));
    const parameters = initialParameters(MODEL, 3);
    trainer.load([...parameters.keys()], parameters);
    const steps: number[] = [];
    const small = probing(trainer, shardOf(1, 3), { numBatches: 8, stepped: (step) => steps.push(step) });
    expect(await runProbe(small)).not.toBeNull();
    expect(steps).toEqual([1, 2, 3]);
    expect(probeBatches(3, 4, 8)).toEqual({ size: 1, count: 3 });
    expect(probeBatches(100, 16, 4)).toEqual({ size: 16, count: 4 });
    expect(await runProbe(probing(trainer, shardOf(1, 1)))).toBeNull();
  });

  it('tells nothing when it was interrupted, or when the gradients are not finite', async () => {
    const probe = largestProbe(space, { unit: 1, part: 'weight' }, 1e9, costOf)!;
    const trainer = createReferenceTrainer(planTraining(MODEL, probe.scheme, { batch: 4 }));
    const parameters = initialParameters(MODEL, 3);
    trainer.load([...parameters.keys()], parameters);
    const abort = new AbortController();
    const shard = shardOf(1, 20);
    const interrupted = { signal: abort.signal, stepped: () => abort.abort() };
    expect(await runProbe(probing(trainer, shard, interrupted))).toBeNull();
    expect(await runProbe(probing(trainer, shard))).not.toBeNull();
    const wild = { ...shard, inputs: Float32Array.from(shard.inputs, () => Number.NaN) };
    expect(await runProbe(probing(trainer, wild))).toBeNull();
    expect(await trainer.read()).toEqual(parameters);
  });

  it('is of one tensor group, at the largest ratio that the budget allows', () => {
    const digits = createSchemeSpace(findModel('digits'));
    const cost = (scheme: Parameters<typeof leastDeviceBytes>[1]) =>
      leastDeviceBytes(digits.model, scheme, 16);
    const probes = probeGroups(digits).map((group) => largestProbe(digits, group, 1e9, cost)!);
    expect(probes.map(({ scheme }) => scheme.entries.map(({ tensor }) => tensor))).toEqual([
      ['conv1.weight'],
      ['conv1.bias'],
      ['conv2.weight'],
      ['conv2.bias'],
      ['dense1.weight'],
      ['dense1.bias'],
    ]);
    const head = { unit: 2, part: 'weight' } as const;
    const tight = largestProbe(digits, head, cost(probes[4]!.scheme) - 1, cost)!;
    expect(tight.ratio).toBeLessThan(4);
    expect(cost(tight.scheme)).toBeLessThan(cost(probes[4]!.scheme));
    expect(largestProbe(digits, head, cost(EMPTY_SCHEME), cost)).toBeNull();
  });
});

function report(
  unit: number,
  part: 'weight' | 'small',
  product: number,
  over: Partial<ProbeReport> = {},
): ProbeReport {
  return { group: { unit, part }, ratio: 4, product, samples: 10, ...over };
}

describe('the estimate from probes', () => {
  it('is the mean over devices, weighted by samples, with its standard error', () => {
    const probed = estimateContributions(space, [
      report(0, 'weight', 1, { samples: 30 }),
      report(0, 'weight', 5),
      report(1, 'weight', 8),
      report(1, 'small', 3),
      report(0, 'small', 2),
    ]);
    expect(probed.contributions).toEqual({
      bias: [0, 3, 5],
      weight: [
        [0, 0.25, 0.5, 1, 2],
        [0, 1, 2, 4, 8],
      ],
    });
    expect(probed.weightErrors[0]).toBeCloseTo(Math.sqrt(2 * (0.75 ** 2 + 0.75 ** 2)), 12);
    expect(probed.weightErrors[1]).toBe(Infinity);
    expect(probed.unprobed).toEqual([]);
    expect(errorOf(space, probed, { depth: 0, ratios: [3, 0] })).toEqual({
      contribution: 1,
      error: probed.weightErrors[0]! / 2,
    });
  });

  it('counts a part of a weight for the whole, noise below zero for nothing, and tells what nobody could probe', () => {
    const probed = estimateContributions(space, [
      report(0, 'weight', 2, { ratio: 2 }),
      report(1, 'weight', -1),
    ]);
    expect(probed.contributions.weight).toEqual([
      [0, 1, 2, 4, 8],
      [0, 0, 0, 0, 0],
    ]);
    expect(probed.unprobed).toEqual([
      { unit: 0, part: 'small' },
      { unit: 1, part: 'small' },
    ]);
    expect(genomeSize(space, wholeGenome(space))).toBe(8 * 4 + 8 + 16 + 2);
  });
});
