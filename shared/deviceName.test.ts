import { expect, test } from 'vitest';
import { createRandom } from './random.ts';
import { deviceName } from './deviceName.ts';

const random = createRandom(3);
const id = () => `d${Array.from({ length: 12 }, () => random.integer(16).toString(16)).join('')}`;

test('a device has the same name on every page', () => {
  expect(deviceName('d4f1c09a2b7e')).toBe(deviceName('d4f1c09a2b7e'));
  expect(deviceName('d4f1c09a2b7e')).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+ [1-9]\d$/);
});

test('two devices rarely share one: about as often as chance has it', () => {
  // 1000 of 182,160: 2.7 pairs are expected; more than 12 have a chance of one in a hundred thousand.
  const names = Array.from({ length: 1000 }, () => deviceName(id()));
  expect(1000 - new Set(names).size).toBeLessThanOrEqual(12);
  expect(new Set(names.map((name) => name.split(' ')[0])).size).toBe(44);
});
