import { expect, test } from 'vitest';
import { countSteps, shuffledBatches, type Shard } from './shard.ts';

const STAGING = { scale: 1 / 255, offset: -0.5 };

/** Sample i is `[i, i + 100]` with label `i % 10`. */
function createShard(samples: number): Shard {
  return {
    samples,
    sampleSize: 2,
    inputs: Uint8Array.from({ length: 2 * samples }, (_, k) => (k >> 1) + 100 * (k & 1)),
    labels: Uint8Array.from({ length: samples }, (_, i) => i % 10),
  };
}

/** The samples of the next `numBatches` batches, checked to be whole. */
function takeBatches(batches: ReturnType<typeof shuffledBatches>, numBatches: number): number[][] {
  return Array.from({ length: numBatches }, () => {
    const batch = batches.next().value;
    return Array.from({ length: batch.count }, (_, i) => {
      const sample = batch.inputs[2 * i]!;
      expect(batch.inputs[2 * i + 1]).toBe(sample + 100);
      expect(batch.labels[i]).toBe(sample % 10);
      return sample;
    });
  });
}

test('an epoch visits every sample once, with a partial last batch', () => {
  const epoch = takeBatches(shuffledBatches(createShard(23), 8, STAGING, 7), 3);
  expect(epoch.map((batch) => batch.length)).toEqual([8, 8, 7]);
  expect(epoch.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
});

const six = (seed: number) => takeBatches(shuffledBatches(createShard(23), 8, STAGING, seed), 6);

test('every epoch has another order, and the seed alone decides which', () => {
  const batches = six(7);
  expect(batches.slice(0, 3)).not.toEqual(batches.slice(3));
  expect(six(7)).toEqual(batches);
  expect(six(8)).not.toEqual(batches);
});

test('a shard smaller than the batch is one partial batch', () => {
  const batches = shuffledBatches(createShard(3), 8, STAGING, 1);
  expect(batches.next().value).toMatchObject({ count: 3, ...STAGING });
});

test('steps are counted with the partial batches and never above the most', () => {
  expect(countSteps(240, 16, 2, 1000)).toBe(30);
  expect(countSteps(241, 16, 2, 1000)).toBe(32);
  expect(countSteps(241, 16, 2, 20)).toBe(20);
  expect(countSteps(3, 16, 1, 20)).toBe(1);
});

test('float samples go with their targets, as they are', () => {
  const shard = {
    samples: 5,
    sampleSize: 2,
    inputs: Float32Array.from({ length: 10 }, (_, k) => k / 4),
    labels: new Uint8Array(0),
    targets: Float32Array.from({ length: 15 }, (_, k) => -k),
  };
  const batches = shuffledBatches(shard, 3, STAGING, 1);
  const seen = [0, 1].flatMap(() => {
    const { inputs, targets, count } = batches.next().value;
    expect(inputs).toBeInstanceOf(Float32Array);
    return Array.from({ length: count }, (_, i) => {
      const sample = inputs[2 * i]! * 2;
      expect(inputs[2 * i + 1]).toBe(sample / 2 + 0.25);
      expect([...targets!.subarray(3 * i, 3 * i + 3)]).toEqual([0, 1, 2].map((k) => -(3 * sample + k)));
      return sample;
    });
  });
  expect(seen.sort()).toEqual([0, 1, 2, 3, 4]);
});
