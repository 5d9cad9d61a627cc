import { describe, expect, it } from 'vitest';
import { fullDelta } from '../../contract/delta.ts';
import { ageWeight } from './ageWeight.ts';
import { coverageWeight } from './coverageWeight.ts';
import { median } from './median.ts';
import {
  clipScale,
  isAbsurd,
  ownScale,
  pushNorm,
  scaleNorms,
  usualNorm,
  type NormWindow,
} from './normWindow.ts';
import { MIN_VARIANCE_FACTOR, varianceFactors } from './varianceFactors.ts';
import { varianceMeasures, type MeasuredUpdate } from './varianceMeasures.ts';

const windowOf = (...norms: number[]) =>
  norms.reduce<NormWindow>((window, norm, i) => pushNorm(window, `d${i}`, norm), []);

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

  it('takes from those below the median at a negative exponent', () => {
    expect(varianceFactors([1, 4, 8], -0.5)).toEqual([0.5, 1, 1]);
    expect(varianceFactors([0, 0, 5], -1)).toEqual([1, 1, 1]);
  });

  it('rewards nobody, whatever is claimed', () => {
    for (const exponent of [0.5, 1, -0.5, -1])
      for (const claim of [0, 1e-300, 1, 1e300])
        for (const factor of varianceFactors([claim, 1, 2, 3, 4], exponent))
          expect(factor).toBeLessThanOrEqual(1);
  });

  it('is bounded where the median is zero', () => {
    expect(varianceFactors([0, 0, 5], 1)).toEqual([1, 1, MIN_VARIANCE_FACTOR]);
    expect(varianceFactors([0, 0, 0], 1)).toEqual([1, 1, 1]);
  });
});

const update = (values: number[], more: Partial<MeasuredUpdate> = {}): MeasuredUpdate => ({
  stretches: [{ start: 0, length: values.length }],
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
    const part = update([4], { stretches: [{ start: 1, length: 1 }] });
    expect(varianceMeasures('bufferDistance', [whole, part], 2)).toEqual([0.5, 1]);
  });

  it('of no kind are untold', () => {
    expect(varianceMeasures('none', [update([1])], 1)).toEqual([null]);
  });
});

describe('norms', () => {
  it('are usual from three devices on, whatever one of them does', () => {
    expect(usualNorm(windowOf(1, 1))).toBeNull();
    expect(usualNorm(windowOf(1, 2, 1e9))).toBe(2);
    expect(usualNorm(windowOf(1, 2, 1e9, 1e9))).toBe(2);
  });

  it('are one a device: who sends more often has no more to say', () => {
    let window = windowOf(1, 1, 1);
    for (let norm = 2; norm < 100; norm++) window = pushNorm(window, 'loud', norm);
    expect(usualNorm(window)).toBe(1);
    expect(window).toHaveLength(4);
  });

  it('of tensors that an update leaves as they are say nothing', () => {
    expect(windowOf(0, 0, 0, 0)).toEqual([]);
  });

  it('are remembered of the 64 devices that were last', () => {
    const window = windowOf(...Array.from({ length: 100 }, (_, i) => i + 1));
    expect(window).toHaveLength(64);
    expect(window[0]).toEqual({ deviceId: 'd36', norm: 37 });
  });

  it('grow with the local steps', () => {
    expect(usualNorm(scaleNorms(windowOf(1, 2, 3), 10))).toBe(20);
  });

  it('above the limit are clipped to it', () => {
    expect(clipScale(20, 10)).toBe(0.5);
    expect(clipScale(10, 10)).toBe(1);
    expect(clipScale(1e9, Infinity)).toBe(1);
  });

  it('of which nothing is known are held against the model’s own', () => {
    const [bias, weight] = [new Float32Array(2), Float32Array.of(3, -3)];
    expect(ownScale(weight, [weight, bias])).toBe(3);
    expect(ownScale(bias, [weight, bias])).toBeCloseTo(Math.sqrt(4.5), 6);
    expect(ownScale(bias, [bias])).toBe(1);
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
  });
});
