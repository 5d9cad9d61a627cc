import { describe, expect, it } from 'vitest';
import { fullDelta } from '../contract/delta.ts';
import { encodeDelta } from '../contract/deltaCodec.ts';
import type { UpdateEncoding } from '../contract/messages.ts';
import { numParameters } from '../engine/model.ts';
import { findModel } from '../engine/models.ts';
import { fullScheme, type UpdateScheme } from '../engine/scheme.ts';
import { createRandom } from '../random.ts';
import { slicesOf } from './slices.ts';
import { FULL, HEAD, TINY_MODEL } from './testing/scenario.ts';
import {
  cacheBytes,
  createCalibrator,
  createUpdateCache,
  rememberUpdates,
  type SteppedUpdate,
} from './updateCache.ts';

const FLOATS = { model: TINY_MODEL, encoding: { kind: 'float32' } } as const;

/** All elements of one value, or as they are given; of each scheme entry a clipping. */
function updateOf(
  deviceId: string,
  values: number | Float32Array,
  { scheme = FULL, scale = 1 }: { readonly scheme?: UpdateScheme; readonly scale?: number } = {},
): SteppedUpdate {
  const sizes = slicesOf(TINY_MODEL, scheme).map(({ size }) => size);
  const size = sizes.reduce((sum, each) => sum + each, 0);
  const delta = typeof values === 'number' ? new Float32Array(size).fill(values) : values;
  return bufferedOf(
    deviceId,
    scheme,
    sizes.map(() => scale),
    encodeDelta(delta, sizes, FLOATS.encoding, 1),
  );
}

function bufferedOf(
  deviceId: string,
  scheme: UpdateScheme,
  scales: readonly number[],
  message: Uint8Array,
): SteppedUpdate {
  return { deviceId, scheme, scales, message };
}

const remember = (
  cache: ReturnType<typeof createUpdateCache>,
  version: number,
  updates: readonly SteppedUpdate[],
  maxAge = 100,
) => rememberUpdates(cache, updates, version, maxAge, FLOATS);

const EMPTY = createUpdateCache(TINY_MODEL);
const [FIRST] = slicesOf(TINY_MODEL, FULL);
const HEAD_WEIGHT = slicesOf(TINY_MODEL, HEAD)[0]!;

function calibrated(
  cache: ReturnType<typeof createUpdateCache>,
  deviceId: string,
  value: number,
  slice = FIRST!,
): number {
  const delta = fullDelta(new Float32Array(slice.size).fill(value));
  const values = createCalibrator(cache, FLOATS)(deviceId, slice, delta, 1);
  expect(new Set(values).size).toBe(1);
  return values[0]!;
}

describe('a calibrated step', () => {
  it('is the mean of what is remembered and the mean over the buffer of what is new in it', () => {
    const remembered = { a: 1, b: 3, c: 8 };
    const cache = remember(
      EMPTY,
      1,
      Object.entries(remembered).map(([id, value]) => updateOf(id, value)),
    );
    const came = { a: 2, c: 7 };
    const mean = (calibrated(cache, 'a', came.a) + calibrated(cache, 'c', came.c)) / 2;
    expect(mean).toBeCloseTo((1 + 3 + 8) / 3 + (came.a - 1 + came.c - 8) / 2, 5);
  });

  it('takes an update as it comes where nothing is remembered of its device, or nothing there', () => {
    const cache = remember(EMPTY, 1, [updateOf('a', 1), updateOf('b', 5, { scheme: HEAD })]);
    expect(calibrated(EMPTY, 'a', 2)).toBe(2);
    expect(calibrated(cache, 'c', 2)).toBe(2);
    expect(calibrated(cache, 'b', 2)).toBe(2);
    expect(calibrated(cache, 'b', 2, HEAD_WEIGHT)).toBe(2 - 5 + 3);
  });

  it('is an uncalibrated one where a device is alone', () => {
    const cache = remember(EMPTY, 1, [updateOf('a', 0.5)]);
    expect(calibrated(cache, 'a', 2)).toBe(2);
  });

  it('goes by what an update counted for after clipping', () => {
    const cache = remember(EMPTY, 1, [updateOf('a', 4, { scale: 0.25 }), updateOf('b', 3)]);
    expect(calibrated(cache, 'a', 0)).toBe(2 - 1);
  });
});

describe('what is remembered', () => {
  it('is the newest update of each device, for as many versions as is asked for', () => {
    let cache = remember(EMPTY, 1, [updateOf('a', 1), updateOf('b', 2)], 3);
    cache = remember(cache, 2, [updateOf('a', 5)], 3);
    expect(cache.updates.map(({ deviceId, version }) => [deviceId, version])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
    expect([cache.sums[0]![0], cache.counts[0]![0]]).toEqual([7, 2]);
    cache = remember(cache, 5, [], 3);
    expect(cache.updates.map(({ deviceId }) => deviceId)).toEqual(['a']);
    cache = remember(cache, 6, [], 3);
    expect([cache.updates, cache.sums[0]![0], cache.counts[0]![0]]).toEqual([[], 0, 0]);
  });

  it('adds up to what is remembered, whatever came and went', () => {
    const random = createRandom(5);
    let cache = EMPTY;
    for (let version = 1; version <= 200; version++) {
      const scheme = random.integer(2) === 0 ? FULL : HEAD;
      cache = remember(cache, version, [updateOf(`d${random.integer(9)}`, random.normal(), { scheme })], 12);
    }
    const anew = rememberUpdates(EMPTY, cache.updates, 200, 1e9, FLOATS);
    expect(cache.counts).toEqual(anew.counts);
    cache.sums.forEach((values, tensor) =>
      values.forEach((sum, j) => expect(sum).toBeCloseTo(anew.sums[tensor]![j]!, 4)),
    );
  });

  it('is no more than a run has room for: the oldest goes', () => {
    const one = updateOf('a', 1).message!.byteLength;
    const all = ['a', 'b', 'c'].map((deviceId) => updateOf(deviceId, 1));
    const cache = rememberUpdates(EMPTY, all, 1, 100, FLOATS, 2 * one);
    expect(cache.updates.map(({ deviceId }) => deviceId)).toEqual(['b', 'c']);
  });

  it('of 500 devices takes at most 16 MB where a tenth of 106,000 parameters travels', () => {
    const model = findModel('small-cnn');
    expect(numParameters(model)).toBeGreaterThan(105_000);
    const encoding: UpdateEncoding = { kind: 'topK', share: 0.1 };
    const scheme = fullScheme(model);
    const sizes = slicesOf(model, scheme).map(({ size }) => size);
    const random = createRandom(3);
    const delta = Float32Array.from({ length: numParameters(model) }, () => random.normal());
    const message = encodeDelta(delta, sizes, encoding, 1);
    const one = rememberUpdates(
      createUpdateCache(model),
      [
        bufferedOf(
          'd',
          scheme,
          sizes.map(() => 1),
          message,
        ),
      ],
      1,
      200,
      {
        model,
        encoding,
      },
    );
    // Messages of one length, so that there is no need to read 500 of them.
    const cache = { ...one, updates: Array.from({ length: 500 }, () => one.updates[0]!) };
    expect(cacheBytes(cache)).toBeLessThanOrEqual(16e6);
  });
});
