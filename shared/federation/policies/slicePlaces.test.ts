import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import type { SliceBy } from '../../settings/values.ts';
import { spanAt, nextSlice, noteSlice, type SlicePlaces, type SliceTally } from './slicePlaces.ts';

const NUM_SLICES = 8;

function placesOf(change: Partial<SlicePlaces> = {}): SlicePlaces {
  return { tallies: [], out: [], deviceId: 'a', version: 0, random: createRandom(3), ...change };
}

/** Samples that the slices have after so many updates, each accepted before the next is given out. */
function trainedAfter(by: SliceBy, numUpdates: number, samplesOf: (update: number) => number): number[] {
  let tallies: readonly SliceTally[] = [];
  const random = createRandom(1);
  const totals = Array<number>(NUM_SLICES).fill(0);
  for (let update = 0; update < numUpdates; update++) {
    const places = placesOf({ tallies, random, version: update, deviceId: `d${update % 10}` });
    const index = nextSlice(by, NUM_SLICES, places);
    const samples = samplesOf(update);
    totals[index]! += samples;
    tallies = noteSlice(tallies, spanAt(index, NUM_SLICES), { samples, norm: index < 2 ? 3 : 1 });
  }
  return totals;
}

describe('the place of the next slice', () => {
  it('by coverage is where least was trained, whatever each update brought', () => {
    const totals = trainedAfter('coverage', 400, (update) => 1 + ((update * 7) % 50));
    expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(50);
  });

  it('by norm is more often where gradients are long', () => {
    const totals = trainedAfter('norm', 800, () => 1);
    expect(totals[0]! / totals[7]!).toBeCloseTo(3, 0);
    expect(totals[1]! / totals[7]!).toBeCloseTo(3, 0);
  });

  it('counts what is out, so that who asks meanwhile gets another one', () => {
    const out: { span: readonly [number, number]; samples: number }[] = [];
    const given = Array.from({ length: NUM_SLICES }, () => {
      const index = nextSlice('coverage', NUM_SLICES, placesOf({ out }));
      out.push({ span: spanAt(index, NUM_SLICES), samples: 5 });
      return index;
    });
    expect(new Set(given).size).toBe(NUM_SLICES);
  });

  it('adds up what slices of different width have trained', () => {
    const half = noteSlice([], spanAt(0, 2), { samples: 4, norm: 1 });
    expect(nextSlice('coverage', 4, placesOf({ tallies: half }))).toBeGreaterThanOrEqual(2);
    const three = noteSlice(half, spanAt(2, 4), { samples: 4, norm: 1 });
    expect(nextSlice('coverage', 4, placesOf({ tallies: three }))).toBe(3);
  });

  it('by device is its own, by version the next, by chance any, leading the first', () => {
    const nextOf = (by: SliceBy, change: Partial<SlicePlaces>) =>
      nextSlice(
        by,
        NUM_SLICES,
        placesOf({ tallies: noteSlice([], [0, 4], { samples: 1, norm: 1 }), ...change }),
      );
    const devices = Array.from({ length: 100 }, (_, i) => `device-${i}`);
    const own = devices.map((deviceId) => nextOf('device', { deviceId }));
    expect(new Set(own).size).toBe(NUM_SLICES);
    expect(devices.map((deviceId) => nextOf('device', { deviceId, version: 9 }))).toEqual(own);
    expect([0, 1, 7, 8].map((version) => nextOf('version', { version }))).toEqual([0, 1, 7, 0]);
    const random = createRandom(5);
    expect(new Set(devices.map(() => nextOf('chance', { random }))).size).toBe(NUM_SLICES);
    expect(nextOf('leading', { version: 5 })).toBe(0);
  });

  it('of one slice is no choice, and draws nothing', () => {
    const random = createRandom(5);
    const { state } = random;
    for (const by of ['coverage', 'norm', 'chance'] as const)
      expect(nextSlice(by, 1, placesOf({ random }))).toBe(0);
    expect(random.state).toBe(state);
  });
});
