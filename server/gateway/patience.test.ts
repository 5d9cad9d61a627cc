import { expect, it } from 'vitest';
import { createPatience } from './patience.ts';

const LIMITS = { perSecond: 100, burst: 200, patience: 3 };

it('is at its end with so many refusals of whatever kind', () => {
  const patience = createPatience(LIMITS);
  const codes = ['malformed', 'outOfOrder', 'wrongLength'] as const;
  expect(codes.map((code) => patience.bear(code, 0))).toEqual([true, true, false]);
});

it('forgets one in two seconds', () => {
  const patience = createPatience(LIMITS);
  for (let k = 0; k < 4; k++) patience.bear('malformed', 0);
  expect(patience.bear('malformed', 1900)).toBe(false);
  expect(patience.bear('malformed', 2100)).toBe(true);
  expect(patience.bear('malformed', 2100)).toBe(false);
});

it('does not count what an honest device cannot avoid, which makes good for nothing either', () => {
  const patience = createPatience(LIMITS);
  for (let k = 0; k < 100; k++) expect(patience.bear(k % 2 ? 'stale' : 'leaseExpired', 0)).toBe(true);
  for (let k = 0; k < 3; k++) patience.bear('malformed', 0);
  expect(patience.bear('stale', 0)).toBe(true);
  expect(patience.bear('malformed', 0)).toBe(false);
});
