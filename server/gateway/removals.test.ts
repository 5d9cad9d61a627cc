import { expect, it } from 'vitest';
import { LOAD_JOIN } from '../testing/loadDevice.ts';
import { createRemovals, REMOVAL_HOLDS_MS } from './removals.ts';

const { device } = LOAD_JOIN;

it('keeps what looks the same and comes from the same address out for a while', () => {
  const removals = createRemovals();
  removals.note('x', device, 1000);
  expect(removals.waitMs('x', device, 1000)).toBe(REMOVAL_HOLDS_MS);
  expect(removals.waitMs('x', { ...device, backend: 'other' }, 2000)).toBe(REMOVAL_HOLDS_MS - 1000);
  expect(removals.waitMs('x', device, 1000 + REMOVAL_HOLDS_MS)).toBe(0);
});

it('keeps nobody else out', () => {
  const removals = createRemovals();
  removals.note('x', device, 0);
  expect(removals.waitMs('y', device, 0)).toBe(0);
  expect(removals.waitMs('x', { ...device, cores: 2 }, 0)).toBe(0);
});

it('remembers a thousand', () => {
  const removals = createRemovals();
  for (let k = 0; k <= 1000; k++) removals.note(String(k), device, 0);
  expect([removals.waitMs('0', device, 0), removals.waitMs('1', device, 0)]).toEqual([0, REMOVAL_HOLDS_MS]);
});

it('without a name nobody has to wait: neighbours look the same', () => {
  const removals = createRemovals();
  removals.note('x', { ...device, name: '' }, 0);
  expect(removals.waitMs('x', { ...device, name: '' }, 0)).toBe(0);
});
