import { expect, test } from 'vitest';
import type { DashboardDevice } from '../../shared/protocol/dashboard.ts';
import { censusOf, formatDuration, formatShare, kindOf, memoryOf } from './words.ts';

const DEVICE: DashboardDevice = {
  id: 'd1',
  name: 'Coral Perch 37',
  kind: 'Android',
  browser: 'Chrome 156',
  cores: 8,
  backend: 'wasm-simd',
  state: 'training',
  slowdown: 1,
  budgetBytes: 524_288,
  allocatedBytes: 524_288,
  deviceBytes: 447_590,
  isBudgetEnforced: true,
  scheme: 0,
  trainedShare: 0.794,
  staleness: 2,
  updates: 9,
  refused: 0,
  bytesDown: 0,
  bytesUp: 0,
  stepMs: 0,
};

test('time since the beginning', () => {
  expect([0, 9_999, 245_000, 3_729_000].map(formatDuration)).toEqual(['0:00', '0:09', '4:05', '1:02:09']);
});

test('the census leaves out what nobody is', () => {
  expect(censusOf({ training: 9, waiting: 0, asleep: 1, gone: 0 })).toBe('9 training, 1 asleep');
});

test('what a device is, and how much slower it was made', () => {
  expect(kindOf(DEVICE)).toBe('Android · Chrome 156');
  expect(kindOf({ ...DEVICE, kind: '', slowdown: 8 })).toBe('8× slower · Chrome 156');
});

test('memory is set against the budget only where that is enforced', () => {
  expect(memoryOf(DEVICE)).toBe('437.1 KiB of 512 KiB');
  expect(memoryOf({ ...DEVICE, deviceBytes: 0 })).toBe('budget 512 KiB');
  expect(memoryOf({ ...DEVICE, isBudgetEnforced: false, deviceBytes: 3_145_728 })).toBe(
    '3 MiB, not enforced',
  );
});

test('a share never rounds up to everything', () => {
  expect([1, 0.999, 0.0512, 0].map(formatShare)).toEqual(['all', '99\u00a0%', '5.1\u00a0%', '–']);
});
