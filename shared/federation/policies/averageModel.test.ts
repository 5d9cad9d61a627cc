import { expect, it } from 'vitest';
import { createRandom } from '../../random.ts';
import { averageTensor } from './averageModel.ts';

const DECAY = 0.9;

/** Of the values of versions 0 ... n, by the definition. */
function byDefinition(values: readonly number[], decay: number): number {
  return values.reduce((average, value, t) => {
    if (t === 0) return value;
    const kept = Math.min(decay, (1 + t) / (10 + t));
    return kept * average + (1 - kept) * value;
  }, 0);
}

it('is the fading mean of the versions, the first of which fade soonest', () => {
  const random = createRandom(5);
  const versions = Array.from({ length: 60 }, () => Float32Array.of(random.normal(), random.normal()));
  let average: Float32Array = versions[0]!;
  versions.forEach((values, t) => {
    if (t > 0) average = averageTensor(average, values, t, t, DECAY);
    for (const j of [0, 1]) {
      const expected = byDefinition(
        versions.slice(0, t + 1).map((each) => each[j]!),
        DECAY,
      );
      expect(average[j]).toBeCloseTo(expected, 5);
    }
  });
});

it('comes to the values of a tensor that nobody changes any more, and to the very same array', () => {
  const values = Float32Array.of(1);
  let average: Float32Array = Float32Array.of(0);
  for (let version = 11; version <= 90; version++)
    average = averageTensor(average, values, version, 10, DECAY);
  expect(average[0]).toBeGreaterThan(0.999);
  expect(average).not.toBe(values);
  expect(averageTensor(average, values, 91, 10, DECAY)).toBe(values);
  expect(averageTensor(values, values, 92, 10, DECAY)).toBe(values);
});

it('changes nothing that it was given', () => {
  const [before, values] = [Float32Array.of(0.5), Float32Array.of(2)];
  averageTensor(before, values, 3, 3, DECAY);
  expect([before[0], values[0]]).toEqual([0.5, 2]);
});
