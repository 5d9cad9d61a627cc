import { describe, expect, it } from 'vitest';
import { fullDelta, spreadDelta } from '../../contract/delta.ts';
import { aggregateTensor, type AggregationRule, type Contribution } from './aggregateTensor.ts';

const ABSOLUTE: AggregationRule = { normalisation: 'absolute', learningRate: 1, leastDivisor: 0 };
const RELATIVE: AggregationRule = { ...ABSOLUTE, normalisation: 'relative' };

function bring(values: number[], more: Partial<Contribution> = {}): Contribution {
  return {
    stretches: [{ start: 0, length: values.length }],
    ...fullDelta(Float32Array.from(values)),
    scale: 1,
    base: null,
    samples: 1,
    weight: 1,
    ...more,
  };
}

describe('a server step of one tensor', () => {
  const current = Float32Array.from([1, 2, 3, 4]);

  it('adds the mean of the deltas weighed by samples, and changes nothing that it was given', () => {
    const next = aggregateTensor(
      current,
      [bring([1, 1, 1, 1], { samples: 3 }), bring([5, 5, 5, 5], { samples: 1 })],
      ABSOLUTE,
    );
    expect([...next]).toEqual([3, 4, 5, 6]);
    expect([...current]).toEqual([1, 2, 3, 4]);
  });

  it('keeps the discount of a lone update when it divides by n, and loses it when it divides by n s', () => {
    const lone = [bring([1, 1, 1, 1], { weight: 0.25, samples: 7 })];
    expect([...aggregateTensor(current, lone, ABSOLUTE)]).toEqual([1.25, 2.25, 3.25, 4.25]);
    expect([...aggregateTensor(current, lone, RELATIVE)]).toEqual([2, 3, 4, 5]);
  });

  it('divides each element by what covers it and leaves the uncovered bit-identical', () => {
    const weights = Float32Array.from([0.1, Number.MIN_VALUE, -0, 1e-38]);
    const next = aggregateTensor(
      weights,
      [
        bring([1, 1], {
          stretches: [
            { start: 0, length: 1 },
            { start: 3, length: 1 },
          ],
        }),
        bring([3], { stretches: [{ start: 0, length: 1 }] }),
      ],
      ABSOLUTE,
    );
    expect(next[0]).toBe(Math.fround(weights[0]! + 2));
    expect(next[3]).toBe(1);
    expect(new Uint32Array(next.buffer).slice(1, 3)).toEqual(new Uint32Array(weights.buffer).slice(1, 3));
  });

  it('divides by no less than the least divisor', () => {
    const lone = [bring([1, 1, 1, 1])];
    expect([...aggregateTensor(current, lone, { ...ABSOLUTE, leastDivisor: 4 })]).toEqual([
      1.25, 2.25, 3.25, 4.25,
    ]);
    const part = [bring([1, 1], { stretches: [{ start: 2, length: 2 }] })];
    expect([...aggregateTensor(current, part, { ...ABSOLUTE, leastDivisor: 4 })]).toEqual([1, 2, 3.25, 4.25]);
  });

  it('is scaled by the server learning rate and by clipping', () => {
    const lone = [bring([1, 1, 1, 1], { scale: 0.5 })];
    expect([...aggregateTensor(current, lone, { ...ABSOLUTE, learningRate: 0.5 })]).toEqual([
      1.25, 2.25, 3.25, 4.25,
    ]);
  });

  it('mixes models where the contribution brings its base', () => {
    const base = Float32Array.from([0, 0, 0, 0]);
    const trained = [bring([8, 8, 8, 8], { base, weight: 0.5 })];
    expect([...aggregateTensor(current, trained, ABSOLUTE)]).toEqual([4.5, 5, 5.5, 6]);
  });

  it('leaves alone what only updates of no weight cover', () => {
    const faded = bring([1, 1, 1, 1], { weight: 0 });
    expect(aggregateTensor(current, [faded], RELATIVE)).toEqual(current);
    const half = bring([1, 1], { weight: 0, stretches: [{ start: 0, length: 2 }] });
    expect(aggregateTensor(current, [half], RELATIVE)).toEqual(current);
  });

  it.each([
    ['absolute', true],
    ['relative', true],
    ['absolute', false],
    ['relative', false],
  ] as const)(
    'of a long tensor is the same in chunks as element by element (%s, one that mixes: %s)',
    (normalisation, mixes) => {
      const size = 5000;
      const wave = (seed: number) => Float32Array.from({ length: size }, (_, j) => Math.sin(j * seed));
      const current = wave(0.1);
      const rule: AggregationRule = { normalisation, learningRate: 0.7, leastDivisor: 2 };
      const contributions = [0.2, 0.3, 0.5, 0.6, 0.7, 0.8].map((seed, k): Contribution => ({
        stretches: [{ start: 0, length: size }],
        ...fullDelta(wave(seed)),
        scale: 0.9,
        base: mixes && k === 1 ? wave(0.4) : null,
        samples: k + 1,
        weight: 1 / (k + 1),
      }));
      // A contribution of nothing to the first element only: everything now goes the way of partly covered tensors.
      const nothing = bring([0], { samples: 0, weight: 1 });
      const chunked = aggregateTensor(current, contributions, rule);
      expect(chunked).toEqual(aggregateTensor(current, [...contributions, nothing], rule));
    },
  );

  it.each([false, true])(
    'is the same to the last bit whether zeros are told or left out (some that mix: %s)',
    (mixes) => {
      const size = 5000;
      const current = Float32Array.from({ length: size }, (_, j) => (j % 9 === 0 ? -0 : Math.cos(j)));
      const sparse = [3, 5, 7, 11, 13].map((step, k): Contribution => {
        const places = Uint32Array.from({ length: Math.floor(size / step) }, (_, i) => i * step + (i % step));
        return bring([], {
          stretches: [{ start: 0, length: size }],
          size,
          places,
          values: Float32Array.from(places, (place) => (place % 4 === 0 ? 0 : Math.sin(place * step))),
          scale: 0.9,
          base: mixes && k % 2 === 1 ? current.map((value) => value / 2) : null,
          samples: k + 1,
          weight: 1 / (k + 1),
        });
      });
      const told = sparse.map((each) => ({ ...each, ...fullDelta(spreadDelta(each)) }));
      const part = bring([3], { stretches: [{ start: 2, length: 1 }] });
      const rule = { ...ABSOLUTE, learningRate: 0.7 };
      for (const more of [[], [part]]) {
        const next = aggregateTensor(current, [...sparse, ...more], rule);
        const expected = aggregateTensor(current, [...told, ...more], rule);
        expect(new Uint32Array(next.buffer)).toEqual(new Uint32Array(expected.buffer));
      }
    },
  );
});
