import { expect, test } from 'vitest';
import { costOf, savedOf } from './costOf.ts';

const RUN = { numParameters: 1000, fullDeviceBytes: 40_000 } as Parameters<typeof costOf>[0];
const device = (deviceBytes: number, isBudgetEnforced = true) =>
  ({ deviceBytes, isBudgetEnforced }) as Parameters<typeof costOf>[2] extends Iterable<infer D> ? D : never;

test('FedAvg would send the whole model down and up for each update, in four bytes a parameter', () => {
  const figures = { accepted: 10, bytesDown: 30_000, bytesUp: 10_000 } as Parameters<typeof costOf>[1];
  const cost = costOf(RUN, figures, [device(0), device(8_000), device(20_000), device(900_000, false)]);
  expect(cost).toEqual({
    payload: { here: 40_000, fedAvg: 80_000 },
    memory: { here: 20_000, fedAvg: 40_000 },
  });
});

test('a saving has a minus, a loss a plus, and nothing is said of nothing', () => {
  expect(savedOf({ here: 31, fedAvg: 100 })).toBe('−69\u00a0%');
  expect(savedOf({ here: 105, fedAvg: 100 })).toBe('+5\u00a0%');
  expect(savedOf({ here: 100.1, fedAvg: 100 })).toBe('0\u00a0%');
  expect(savedOf({ here: 0, fedAvg: 100 })).toBe('');
  expect(savedOf({ here: 5, fedAvg: 0 })).toBe('');
});
