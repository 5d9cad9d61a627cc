import { expect, test } from 'vitest';
import { BUDGET_STOPS, nearestStop } from './budgetStops.ts';
import { sparklinePath } from './sparkline.ts';

test('a curve runs from left to right with the highest value on top', () => {
  expect(sparklinePath([1, 3, 2], 100, 20)).toBe('M0.0 20.0L50.0 0.0L100.0 10.0');
});

test('a flat curve and a single point do no harm', () => {
  expect(sparklinePath([2, 2], 10, 10)).toBe('M0.0 10.0L10.0 10.0');
  expect(sparklinePath([2], 10, 10)).toBe('');
});

test('the slider goes from 8 KiB to 64 MiB and finds the nearest stop', () => {
  expect([BUDGET_STOPS[0], BUDGET_STOPS[1], BUDGET_STOPS[2], BUDGET_STOPS.at(-1)]).toEqual([
    8_192, 12_288, 16_384, 67_108_864,
  ]);
  expect(BUDGET_STOPS[nearestStop(200_000)]).toBe(196_608);
  expect(BUDGET_STOPS[nearestStop(1e9)]).toBe(67_108_864);
});
