import { expect, test } from 'vitest';
import { barsOf } from './stalenessBars.ts';

test('every update is in one bar, whatever its age', () => {
  const staleness = Array.from({ length: 80 }, (_, age) => age + 1);
  const bars = barsOf(staleness);
  expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe((80 * 81) / 2);
  expect(bars.map(({ label }) => label).join(' ')).toBe('0 1 2 3 4–5 6–9 10–19 20–49 50+');
  expect(bars[4]!.count).toBe(5 + 6);
});

test('there are no bars beyond the oldest update', () => {
  expect(barsOf([5, 0, 2])).toEqual([
    { label: '0', count: 5 },
    { label: '1', count: 0 },
    { label: '2', count: 2 },
  ]);
  expect(barsOf([])).toEqual([{ label: '0', count: 0 }]);
});
