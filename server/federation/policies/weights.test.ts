import { describe, expect, it } from 'vitest';
import { fullDelta } from '../../../shared/protocol/delta.ts';
import { ageWeight } from './ageWeight.ts';
import { coverageWeight } from './coverageWeight.ts';
import { median } from './median.ts';
import { clipScale, isAbsurd, pushNorm, usualNorm, type NormWindow } from './normWindow.ts';
import { MIN_VARIANCE_FACTOR, varianceFactors } from './varianceFactors.ts';
import { varianceMeasures, type MeasuredUpdate } from './varianceMeasures.ts';

const windowOf = (...norms: number[]) => norms.reduce<NormWindow>(pushNorm, []);

describe('age', () => {
  it('weighs nothing when fresh, a quarter at 15 versions, and nothing at exponent 0', () => {
    expect(ageWeight(0, { exponent: 0.5 })).toBe(1);
    expect(ageWeight(15, { exponent: 0.5 })).toBe(0.25);
    expect(ageWeight(99, { exponent: 0 })).toBe(1);
  });
});

describe('coverage', () => {
  it('is the share to the exponent', () => {
    expect(coverageWeight(0.25, 0.5)).toBe(0.5);
    expect(coverageWeight(0.25, 0)).toBe(1);
  });
});

describe('the median', () => {
  it('is the middle or the mean of the two middle values, whatever the order', () => {
    expect(median([9, 1, 10])).toBe(9);
    expect(median([4, 1, 100, 2])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('the variance factor', () => {
  it('takes from those above the median only', () => {
    expect(varianceFactors([1, 2, 8], 0.5)).toEqual([1, 1, 0.5]);
  });

  it('is 1 with fewer than three told measures, for untold ones, and at exponent 0', () => {
    expect(varianceFactors([1, 100], 0.5)).toEqual([1, 1]);
    expect(varianceFactors([1, null, 100, null], 0.5)).toEqual([1, 1, 1, 1]);
    expect(varianceFactors([1, null, 4, 1], 1)).toEqual([1, 1, 0.25, 1]);
    expect(varianceFactors([1, 2, 8], 0)).toEqual([1, 1, 1]);
  });

  it('gives more to the noisy at a negative exponent', () => {
    expect(varianceFactors([1, 2, 8], -0.5)).toEqual([1, 1, 2]);
  });

  it('is bounded where the median is zero', () => {
    expect(varianceFactors([0, 0, 5], 1)).toEqual([1, 1, MIN_VARIANCE_FACTOR]);
    expect(varianceFactors([0, 0, 0], 1)).toEqual([1, 1, 1]);
  });
});

const update = (values: number[], more: Partial<MeasuredUpdate> = {}): MeasuredUpdate => ({
  runs: [{ start: 0, length: values.length }],
  ...fullDelta(Float32Array.from(values)),
  scale: 1,
  steps: 1,
  noise: -1,
  ...more,
});

describe('variance measures', () => {
  it("of gradient noise are the device's own, untold where negative", () => {
    expect(varianceMeasures('gradientNoise', [update([1], { noise: 0.5 }), update([1])], 1)).toEqual([
      0.5,
      null,
    ]);
  });

  it('of coordinates are the deviation within the tensor by steps squared', () => {
    expect(varianceMeasures('coordinates', [update([1, 3]), update([1, 3], { steps: 2 })], 2)).toEqual([
      1, 0.25,
    ]);
    expect(varianceMeasures('coordinates', [update([2, 6], { scale: 0.5 })], 2)).toEqual([1]);
  });

  it('of buffer distance are from the mean of those that cover each element', () => {
    const whole = update([1, 2]);
    const part = update([4], { runs: [{ start: 1, length: 1 }] });
    expect(varianceMeasures('bufferDistance', [whole, part], 2)).toEqual([0.5, 1]);
  });

  it('of no kind are untold', () => {
    expect(varianceMeasures('none', [update([1])], 1)).toEqual([null]);
  });
});

describe('norms', () => {
  it('are usual only after eight, and not while the tensor stands still', () => {
    expect(usualNorm(windowOf(1, 1, 1, 1, 1, 1, 1))).toBeNull();
    expect(usualNorm(windowOf(1, 1, 1, 2, 2, 3, 3, 3))).toBe(2);
    expect(usualNorm(windowOf(0, 0, 0, 0, 0, 0, 0, 0))).toBeNull();
  });

  it('are remembered for the newest 64', () => {
    const window = windowOf(...Array.from({ length: 100 }, (_, i) => i));
    expect(window).toHaveLength(64);
    expect(window[0]).toBe(36);
  });

  it('above the multiple of the usual are clipped to it', () => {
    expect(clipScale(20, 2, 5)).toBe(0.5);
    expect(clipScale(10, 2, 5)).toBe(1);
    expect(clipScale(1e9, null, 5)).toBe(1);
    expect(clipScale(1e9, 2, 0)).toBe(1);
  });

  it('of a whole update are absurd past a thousand times the usual', () => {
    expect(isAbsurd([{ norm: 2001, usual: 2, size: 10 }])).toBe(true);
    expect(isAbsurd([{ norm: 1999, usual: 2, size: 10 }])).toBe(false);
    expect(
      isAbsurd([
        { norm: 2001, usual: 2, size: 1 },
        { norm: 2, usual: 2, size: 1 },
      ]),
    ).toBe(false);
    expect(isAbsurd([{ norm: 1e9, usual: null, size: 1 }])).toBe(false);
  });
});
