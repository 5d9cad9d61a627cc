import { expect, test } from 'vitest';
import { rateNow, ratesOverTime } from './versionRate.ts';

/** A version a second for half a minute, then one every five seconds. */
const STEPS = {
  atMs: [...Array.from({ length: 30 }, (_, i) => 1000 * (i + 1)), 35_000, 40_000, 45_000, 50_000, 55_000],
  version: Array.from({ length: 35 }, (_, i) => i + 1),
};

test('the rate of the moment looks back a minute, or to the beginning', () => {
  expect(rateNow(STEPS, 30_000)).toBe(60);
  expect(rateNow(STEPS, 60_000)).toBe(35);
  expect(rateNow(STEPS, 90_000)).toBe(5);
  expect(rateNow({ atMs: [], version: [] }, 0)).toBe(0);
});

test('rates over time add up to the versions made', () => {
  const { atMs, rates } = ratesOverTime(STEPS, 57_000);
  expect(atMs).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55].map((seconds) => seconds * 1000));
  expect(rates).toEqual([60, 60, 60, 60, 60, 60, 12, 12, 12, 12, 12]);
  expect(rates.reduce((sum, rate) => sum + rate / 12, 0)).toBe(35);
});

test('a run of hours has no more points than can be seen', () => {
  const { atMs } = ratesOverTime(STEPS, 10 * 3_600_000);
  expect(atMs.length).toBeLessThanOrEqual(90);
  expect(atMs.length).toBeGreaterThan(45);
});
