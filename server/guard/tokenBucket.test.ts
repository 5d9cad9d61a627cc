import { expect, it } from 'vitest';
import { createTokenBucket } from './tokenBucket.ts';

it('lets a burst through, then the mean rate, and saves no more than a burst', () => {
  const bucket = createTokenBucket({ perSecond: 2, burst: 3 });
  const takeMany = (count: number, nowMs: number) =>
    Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean).length;
  expect(takeMany(5, 0)).toBe(3);
  expect(takeMany(2, 499)).toBe(0);
  expect(takeMany(2, 500)).toBe(1);
  expect(takeMany(9, 60_000)).toBe(3);
});
