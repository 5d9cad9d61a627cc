import { expect, it } from 'vitest';
import { ownTime, placeMs, pushTurn } from './expectedTime.ts';

const usual = { ownMs: 0, fleetMs: [], tempoMs: 0, isCohort: false, leaseMs: 600_000 };

it('goes by what the device has needed, else by the fleet, else by nothing', () => {
  expect(placeMs({ ...usual, ownMs: 20_000, fleetMs: [1000] })).toBe(80_000);
  expect(placeMs({ ...usual, fleetMs: [3000, 5000, 100_000] })).toBe(50_000);
  expect(placeMs(usual)).toBe(60_000);
});

it('is never shorter than some seconds or than the tempo allows, nor longer than the lease', () => {
  expect(placeMs({ ...usual, fleetMs: [1] })).toBe(15_000);
  expect(placeMs({ ...usual, fleetMs: [1], tempoMs: 60_000 })).toBe(240_000);
  expect(placeMs({ ...usual, ownMs: 300_000 })).toBe(600_000);
  expect(placeMs({ ...usual, leaseMs: 5 })).toBe(5);
});

it('is longer where a cohort waits', () => {
  expect(placeMs({ ...usual, fleetMs: [10_000], isCohort: true })).toBe(400_000);
});

it('forgets a long turn slowly, and the fleet of long ago', () => {
  expect(ownTime(8000, 1000)).toBe(4000);
  expect(ownTime(1000, 8000)).toBe(8000);
  expect(
    pushTurn(
      Array.from({ length: 31 }, () => 1),
      2,
    ),
  ).toHaveLength(31);
});
