import { expect, test } from 'vitest';
import { formatScore, isReached } from './metric.ts';

test('more is better but for errors, and no score reaches nothing', () => {
  expect(isReached('accuracy', 0.9, 0.9)).toBe(true);
  expect(isReached('auc', 0.89, 0.9)).toBe(false);
  expect(isReached('mse', 0.1, 0.2)).toBe(true);
  expect(isReached('mse', 0.3, 0.2)).toBe(false);
  expect(isReached('mse', -1, 0.2)).toBe(false);
  expect(isReached('accuracy', -1, -1)).toBe(false);
});

test('scores read as people write them', () => {
  expect(formatScore('accuracy', 0.9049)).toBe('90.5 %');
  expect(formatScore('auc', 0.9)).toBe('0.900');
  expect(formatScore('mse', 0.012345)).toBe('0.0123');
  expect(formatScore('recall', -1)).toBe('-');
});
