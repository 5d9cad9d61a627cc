import { expect, test } from 'vitest';
import { sparklinePath } from './sparkline.ts';

test('a curve runs from left to right with the highest value on top', () => {
  expect(sparklinePath([1, 3, 2], 100, 20)).toBe('M0.0 20.0L50.0 0.0L100.0 10.0');
});

test('a flat curve and a single point do no harm', () => {
  expect(sparklinePath([2, 2], 10, 10)).toBe('M0.0 10.0L10.0 10.0');
  expect(sparklinePath([2], 10, 10)).toBe('');
});
