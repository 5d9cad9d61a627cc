import { describe, expect, test } from 'vitest';
import type { Dataset, Dealing } from './task.ts';
import { dealSamples, dealShards, parseDealing } from './deal.ts';

/** 1,200 one-byte samples in ten classes by 24 writers; each sample's input and label tell which one it is. */
const TRAIN: Dataset = {
  count: 1200,
  inputs: Uint8Array.from({ length: 2400 }, (_, i) => (i % 2 === 0 ? i >> 9 : (i >> 1) & 255)),
  labels: Uint8Array.from({ length: 1200 }, (_, i) => i % 10),
  groups: Uint32Array.from({ length: 1200 }, (_, i) => Math.floor(i / 50)),
};
const DEALINGS: Dealing[] = [{ kind: 'iid' }, { kind: 'dirichlet', alpha: 0.3 }, { kind: 'natural' }];

function sampleNumbers(shards: readonly Dataset[]): number[] {
  return shards.flatMap((shard) =>
    Array.from({ length: shard.count }, (_, i) => 256 * shard.inputs[2 * i]! + shard.inputs[2 * i + 1]!),
  );
}

/** Mean over shards of the share of the commonest label. */
function labelSkew(shards: readonly Dataset[]): number {
  const tops = shards.map((shard) => {
    const counts = Array.from({ length: 10 }, (_, label) => shard.labels.filter((l) => l === label).length);
    return Math.max(...counts) / shard.count;
  });
  return tops.reduce((sum, top) => sum + top, 0) / shards.length;
}

describe.each(DEALINGS)('dealShards $kind', (dealing) => {
  test('deals every sample once when no size is asked for, with its own label and writer', () => {
    const shards = dealShards(TRAIN, dealing, 7, 0, 4);
    expect(shards.length).toBe(7);
    const samples = sampleNumbers(shards);
    expect([...samples].sort((a, b) => a - b)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
    expect(shards.flatMap((shard) => [...shard.labels])).toEqual(samples.map((i) => i % 10));
    expect(shards.flatMap((shard) => [...shard.groups!])).toEqual(samples.map((i) => Math.floor(i / 50)));
  });

  test('deals shards of the size asked for and no sample twice', () => {
    const shards = dealShards(TRAIN, dealing, 24, 40, 4);
    expect(shards.map((shard) => shard.count)).toEqual(Array.from({ length: 24 }, () => 40));
    expect(new Set(sampleNumbers(shards)).size).toBe(960);
  });

  test('deals the same for the same seed and otherwise for another', () => {
    const once = sampleNumbers(dealShards(TRAIN, dealing, 6, 100, 9));
    expect(sampleNumbers(dealShards(TRAIN, dealing, 6, 100, 9))).toEqual(once);
    expect(sampleNumbers(dealShards(TRAIN, dealing, 6, 100, 10))).not.toEqual(once);
  });
});

test('a smaller alpha skews the labels more, and a huge one is as even as chance', () => {
  const skews = [0.1, 1, 1000].map((alpha) =>
    labelSkew(dealShards(TRAIN, { kind: 'dirichlet', alpha }, 10, 60, 2)),
  );
  expect(skews[0]).toBeGreaterThan(0.45);
  expect(skews[1]).toBeLessThan(skews[0]!);
  expect(skews[2]).toBeLessThan(0.22);
});

test('a natural shard holds one writer each where there are as many, and a piece of one where there are more shards', () => {
  for (const numShards of [24, 48, 60]) {
    const shards = dealShards(TRAIN, { kind: 'natural' }, numShards, 10, 3);
    expect(shards.map((shard) => new Set(shard.groups).size)).toEqual(shards.map(() => 1));
  }
});

test('windows that lie across a cut go to nobody', () => {
  // Two recordings a writer, of 25 windows that each share data with the one before.
  const overlaps = Uint8Array.from({ length: 1200 }, (_, i) => (i % 25 === 0 ? 0 : 1));
  const shards = dealShards({ ...TRAIN, overlaps }, { kind: 'natural' }, 72, 0, 3);
  const samples = shards.map((shard) => sampleNumbers([shard]));
  // A writer's 50 windows are cut at 17 and at 33: sample 17 and sample 33 share data with the segment before.
  expect(samples.map((list) => list.length).sort()).toEqual(
    [...Array.from({ length: 24 }, () => 15), ...Array.from({ length: 24 }, () => 16)].concat(
      Array.from({ length: 24 }, () => 17),
    ),
  );
  const holder = new Map(samples.flatMap((list, shard) => list.map((sample) => [sample, shard])));
  for (const [sample, shard] of holder)
    if (overlaps[sample] === 1) expect([shard, undefined]).toContain(holder.get(sample - 1));
  // Cut between the two recordings nothing is lost.
  const halves = dealShards({ ...TRAIN, overlaps }, { kind: 'natural' }, 48, 0, 3);
  expect(halves.map((shard) => shard.count)).toEqual(Array.from({ length: 48 }, () => 25));
});

test('float samples and targets are dealt with their sample', () => {
  const train: Dataset = {
    count: 6,
    inputs: Float32Array.from({ length: 12 }, (_, i) => i / 2),
    labels: new Uint8Array(0),
    targets: Float32Array.of(0, 1, 2, 3, 4, 5),
    groups: null,
  };
  const shards = dealShards(train, { kind: 'iid' }, 2, 0, 4);
  const pairs = shards.flatMap((shard) =>
    Array.from({ length: shard.count }, (_, i) => [shard.inputs[2 * i], shard.targets![i]]),
  );
  expect(pairs.sort((a, b) => a[1]! - b[1]!)).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, n]));
  expect(() => dealShards(train, { kind: 'dirichlet', alpha: 1 }, 2, 0, 4)).toThrow(
    'needs data with classes',
  );
});

test('too many shards, bad counts and missing groups are refused by name', () => {
  expect(() => dealShards(TRAIN, { kind: 'iid' }, 100, 13, 1)).toThrow(
    '100 shards of 13 samples need 1300 samples, got 1200',
  );
  expect(() => dealShards(TRAIN, { kind: 'iid' }, 0, 1, 1)).toThrow(
    'numShards must be an integer >= 1, got 0',
  );
  expect(() => dealShards(TRAIN, { kind: 'iid' }, 1, -1, 1)).toThrow(
    'samplesPerShard must be an integer >= 0, got -1',
  );
  expect(() => dealShards({ ...TRAIN, groups: null }, { kind: 'natural' }, 2, 0, 1)).toThrow(
    'needs data with groups',
  );
});

test('parseDealing reads its three forms and refuses others', () => {
  expect(parseDealing('iid')).toEqual({ kind: 'iid' });
  expect(parseDealing('natural')).toEqual({ kind: 'natural' });
  expect(parseDealing('dirichlet:0.3')).toEqual({ kind: 'dirichlet', alpha: 0.3 });
  for (const bad of ['dirichlet', 'dirichlet:', 'dirichlet:0', 'dirichlet:-1', 'dirichlet:x', 'even']) {
    expect(() => parseDealing(bad)).toThrow(`got "${bad}"`);
  }
});

test('seventy thousand clients are as many shards, and one of very many samples is one', () => {
  const count = 270_000;
  const train: Dataset = {
    count,
    inputs: new Uint8Array(count),
    labels: new Uint8Array(count),
    groups: Uint32Array.from({ length: count }, (_, i) => Math.max(0, i - 200_000)),
  };
  const shards = dealSamples(train, { kind: 'natural' }, 70_000, 0, 1);
  const groupsOf = (samples: readonly number[]) => new Set(samples.map((sample) => train.groups![sample]!));
  expect(shards.filter((samples) => groupsOf(samples).size !== 1)).toEqual([]);
  expect(new Set(shards.map((samples) => train.groups![samples[0]!]!)).size).toBe(70_000);
  expect(shards.reduce((sum, { length }) => sum + length, 0)).toBe(count);
});
