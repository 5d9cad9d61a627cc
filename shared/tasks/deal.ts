// Deals a training set to devices as demo shards: at random, by label skew, or by the data's own clients.
// No sample goes to two shards. Knows nothing of devices or sockets.

import { createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { Dataset, Dealing } from './task.ts';

/** Parses `iid`, `natural` or `dirichlet:ALPHA`. Throws RangeError. */
export function parseDealing(text: string): Dealing {
  if (text === 'iid' || text === 'natural') return { kind: text };
  const alpha = Number(/^dirichlet:(.+)$/.exec(text)?.[1]);
  if (alpha > 0 && Number.isFinite(alpha)) return { kind: 'dirichlet', alpha };
  throw new RangeError(`dealing must be iid, natural or dirichlet:ALPHA with ALPHA > 0, got "${text}"`);
}

/**
 * The same shards for the same seed, each with at most `samplesPerShard` samples (0: as many as there are, every sample dealt once).
 * - `iid`: shuffled and cut
 * - `dirichlet`: each shard draws its own label proportions (Hsu, Qi, Brown, 2019); labels that run out are replaced by the rest
 * - `natural`: whole groups are spread over the shards; with more shards than groups, groups are cut into contiguous
 *   segments, one for each shard, and a sample across a cut (`overlaps`) is dropped
 *
 * Throws RangeError when the set is too small for the shards asked for, or has no groups.
 */
export function dealShards(
  train: Dataset,
  dealing: Dealing,
  numShards: number,
  samplesPerShard: number,
  seed: number,
): Dataset[] {
  return dealSamples(train, dealing, numShards, samplesPerShard, seed).map((samples) =>
    takeSamples(train, samples),
  );
}

/** The same shards as sample numbers, for who keeps the data in one piece. Throws as `dealShards` does. */
export function dealSamples(
  train: Dataset,
  dealing: Dealing,
  numShards: number,
  samplesPerShard: number,
  seed: number,
): number[][] {
  if (!Number.isInteger(numShards) || numShards < 1) {
    throw new RangeError(`numShards must be an integer >= 1, got ${numShards}`);
  }
  if (!Number.isInteger(samplesPerShard) || samplesPerShard < 0) {
    throw new RangeError(`samplesPerShard must be an integer >= 0, got ${samplesPerShard}`);
  }
  if (Math.max(1, samplesPerShard) * numShards > train.count) {
    throw new RangeError(
      `${numShards} shards of ${Math.max(1, samplesPerShard)} samples need ${numShards * Math.max(1, samplesPerShard)} samples, got ${train.count}`,
    );
  }
  const random = createRandom(seed);
  const sizes = Array.from({ length: numShards }, (_, shard) =>
    samplesPerShard > 0
      ? samplesPerShard
      : Math.floor(((shard + 1) * train.count) / numShards) - Math.floor((shard * train.count) / numShards),
  );
  return chooseSamples(train, dealing, sizes, random).map((samples, shard) =>
    samplesPerShard > 0 ? samples.slice(0, sizes[shard]) : samples,
  );
}

/** Sample numbers of each shard; `natural` keeps whole groups and may exceed the size. */
function chooseSamples(
  train: Dataset,
  dealing: Dealing,
  sizes: readonly number[],
  random: Random,
): number[][] {
  switch (dealing.kind) {
    case 'iid':
      return cut(random.shuffle(Array.from({ length: train.count }, (_, i) => i)), sizes);
    case 'dirichlet':
      return chooseByLabel(train, dealing.alpha, sizes, random);
    case 'natural':
      return chooseByGroup(train, sizes.length, random);
    default:
      return dealing satisfies never;
  }
}

function cut(samples: readonly number[], sizes: readonly number[]): number[][] {
  let start = 0;
  return sizes.map((size) => samples.slice(start, (start += size)));
}

function chooseByLabel(train: Dataset, alpha: number, sizes: readonly number[], random: Random): number[][] {
  if (train.labels.length === 0)
    throw new RangeError('dealing "dirichlet" needs data with classes, got targets alone');
  const pools = samplesBy(train.labels);
  for (const pool of pools) random.shuffle(pool);
  return sizes.map((size) => {
    const shares = pools.map(() => drawGamma(alpha, random));
    return Array.from({ length: size }, () => {
      const open = pools.map((pool, label) =>
        pool.length > 0 ? Math.max(shares[label]!, Number.MIN_VALUE) : 0,
      );
      return pools[drawIndex(open, random)]!.pop()!;
    });
  });
}

function chooseByGroup(train: Dataset, numShards: number, random: Random): number[][] {
  if (!train.groups) throw new RangeError('dealing "natural" needs data with groups, got a set without');
  const groups = samplesBy(train.groups).filter((samples) => samples.length > 0);
  const numPieces = countPieces(
    groups.map((samples) => samples.length),
    numShards,
  );
  const segments = groups.flatMap((samples, group) => cutGroup(samples, numPieces[group]!, train.overlaps));
  if (segments.some((segment) => segment.length === 0))
    throw new RangeError(
      `${numShards} shards leave one without samples; ask for fewer (${groups.length} groups)`,
    );
  random.shuffle(segments);
  const shards = Array.from({ length: numShards }, (): number[] => []);
  segments.forEach((segment, i) => {
    for (const sample of segment) shards[i % numShards]!.push(sample);
  });
  return shards;
}

/** Pieces of each group: one, and where more shards than groups are wanted, as many in all, of sizes as even as can be. */
function countPieces(sizes: readonly number[], numShards: number): number[] {
  const numPieces = sizes.map(() => 1);
  for (let rest = numShards - sizes.length; rest > 0; rest--) {
    const largest = sizes.reduce(
      (best, size, group) => (size / numPieces[group]! > sizes[best]! / numPieces[best]! ? group : best),
      0,
    );
    numPieces[largest]!++;
  }
  return numPieces;
}

/** Contiguous segments; a sample that shares raw data with the segment before it is dropped. */
function cutGroup(samples: readonly number[], numPieces: number, overlaps?: Uint8Array): number[][] {
  const ends = Array.from({ length: numPieces + 1 }, (_, i) => Math.round((i * samples.length) / numPieces));
  return ends.slice(1).map((end, i) => {
    const start = ends[i]!;
    const isAcross = i > 0 && overlaps?.[samples[start]!] === 1;
    return samples.slice(isAcross ? start + 1 : start, end);
  });
}

function samplesBy(keys: Uint8Array | Uint32Array): number[][] {
  const lists: number[][] = [];
  for (let sample = 0; sample < keys.length; sample++) {
    const key = keys[sample]!;
    while (lists.length <= key) lists.push([]);
    lists[key]!.push(sample);
  }
  return lists;
}

function drawIndex(weights: readonly number[], random: Random): number {
  let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const last = weights.reduce((at, weight, i) => (weight > 0 ? i : at), -1);
  for (let i = 0; i < last; i++) {
    rest -= weights[i]!;
    if (rest < 0) return i;
  }
  return last;
}

/** Gamma(shape, 1) after Marsaglia and Tsang (2000), boosted below shape 1. */
function drawGamma(shape: number, random: Random): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A set of those samples, in that order, copied. */
export function takeSamples(train: Dataset, samples: readonly number[]): Dataset {
  const { count, inputs, labels, targets, groups, overlaps } = train;
  return {
    count: samples.length,
    inputs: takeRows(inputs, count, samples),
    labels: takeRows(labels, count, samples),
    ...(targets ? { targets: takeRows(targets, count, samples) } : {}),
    groups: groups && takeRows(groups, count, samples),
    ...(overlaps
      ? { overlaps: Uint8Array.from(samples, (n, i) => (n - 1 === samples[i - 1] ? overlaps[n]! : 0)) }
      : {}),
  };
}

/** Those rows of `[count, ...]`, copied. */
export function takeRows<T extends Uint8Array | Uint32Array | Float32Array>(
  rows: T,
  count: number,
  samples: readonly number[],
): T {
  const size = rows.length / count;
  // What was read from a file is a Buffer, whose constructor is deprecated.
  const make = rows instanceof Uint8Array ? Uint8Array : rows.constructor;
  const taken = new (make as new (length: number) => T)(samples.length * size);
  samples.forEach((sample, i) => taken.set(rows.subarray(sample * size, (sample + 1) * size), i * size));
  return taken;
}
