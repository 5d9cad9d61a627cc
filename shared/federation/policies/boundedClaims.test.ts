import { describe, expect, it } from 'vitest';
import { countedSamples, countedSteps, usualSamples } from './boundedClaims.ts';

const claimsOf = (...samples: number[]) => new Map(samples.map((claim, i) => [`d${i}`, claim]));
const WITHOUT_NUMBER = Number.MAX_SAFE_INTEGER;

describe('what devices claim', () => {
  it('is usual by the smaller median of one claim a device: half of them cannot lift it', () => {
    expect(usualSamples(claimsOf())).toBeNull();
    expect(usualSamples(claimsOf(100, 120, 80))).toBe(100);
    expect(usualSamples(claimsOf(100, 100, WITHOUT_NUMBER, WITHOUT_NUMBER))).toBe(100);
  });

  it('counts up to the samples dealt, or to what is usual where that is more', () => {
    expect(countedSamples(60, 100, 100)).toBe(60);
    expect(countedSamples(WITHOUT_NUMBER, 100, 60)).toBe(100);
    expect(countedSamples(WITHOUT_NUMBER, 0, 60)).toBe(60);
    expect(countedSamples(WITHOUT_NUMBER, 20, 60)).toBe(60);
    expect(countedSamples(250, 250, 60)).toBe(250);
    expect(countedSamples(70, 0, null)).toBe(70);
  });

  it('to have done are at most the local steps of an assignment for the samples that count', () => {
    const localWork = { batch: 16, epochs: 2, maxSteps: 40, learningRate: 0.1 };
    expect(countedSteps(3, 100, localWork)).toBe(3);
    expect(countedSteps(40, 100, localWork)).toBe(14);
    expect(countedSteps(41, WITHOUT_NUMBER, localWork)).toBe(40);
  });
});
