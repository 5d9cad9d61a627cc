import { expect, test } from 'vitest';
import { BUDGET_STOPS, nearestStop } from './budgetStops.ts';

test('the slider goes from 8 KiB to 64 MiB and finds the nearest stop', () => {
  expect([BUDGET_STOPS[0], BUDGET_STOPS[1], BUDGET_STOPS[2], BUDGET_STOPS.at(-1)]).toEqual([
    8_192, 12_288, 16_384, 67_108_864,
  ]);
  expect(BUDGET_STOPS[nearestStop(200_000)]).toBe(196_608);
  expect(BUDGET_STOPS[nearestStop(1e9)]).toBe(67_108_864);
});
