import { expect, test } from 'vitest';
import type { DashboardDevice, DashboardFigures } from '../../shared/contract/dashboard.ts';
import { ENGLISH } from './english.ts';
import { createSayings } from './sayings.ts';

const { bufferOf, censusOf, formats, kindOf, memoryOf, settingsOf, shareOf, waitOf } = createSayings(ENGLISH);

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
  narrows: false,
  isExempt: false,
  staleness: 2,
  updates: 9,
  refused: 0,
  bytesDown: 0,
  bytesUp: 0,
  stepMs: 0,
};

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
  expect([1, 0.999, 0.0512, 0].map(shareOf)).toEqual(['all', '99\u00a0%', '5.1\u00a0%', '–']);
});

test('a cohort waits for its slowest, a buffer for nobody', () => {
  const figures = { waitsForAll: true, buffered: 2, assignmentsOut: 1 } as DashboardFigures;
  expect(waitOf(figures)).toBe('waits for 1\u00a0device');
  const others = [{ buffered: 0 }, { assignmentsOut: 0 }, { waitsForAll: false }];
  expect(others.map((change) => waitOf({ ...figures, ...change }))).toEqual(['', '', '']);
  const titles = [true, false].map((waitsForAll) => bufferOf({ waitsForAll, bufferSize: 1 }).title);
  expect(titles).toEqual(['Cohort', 'Buffer']);
  expect([1, 5].map((bufferSize) => bufferOf({ waitsForAll: false, bufferSize }).note)).toEqual([
    'Each update makes a version at once. Nobody waits.',
    'A full buffer makes the next version. Nobody waits for the slow.',
  ]);
});

test('settings in words', () => {
  const settings = {
    strategy: 'ftte',
    subset: 'rolling',
    buffer: 5,
    learningRate: 0.029999999,
    serverLearningRate: 1,
  };
  expect(settingsOf(settings)).toBe('Trained: a rolling network · local rate 0.03 · server rate 1');
  expect([0, 2.345, 95.4].map(formats.ms)).toEqual(['–', '2.3\u00a0ms', '95\u00a0ms']);
});
