import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLaterCode, isMissingCode } from './laterCode.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const answerWith = (status: number) => vi.stubGlobal('fetch', () => Promise.resolve({ status }));

/** Of code that is had from the attempt with this number on. */
function start(firstGood: number) {
  const attemptsAtMs: number[] = [];
  const told: boolean[] = [];
  const beganMs = Date.now();
  const want = createLaterCode(
    async () => {
      attemptsAtMs.push(Date.now() - beganMs);
      if (attemptsAtMs.length < firstGood) throw new TypeError('Failed to fetch dynamically imported module');
    },
    (isOlder) => told.push(isOlder),
  );
  return { want, attemptsAtMs, told };
}

test('code that cannot be had is asked for ever more seldom, however often it is wanted', async () => {
  answerWith(404);
  const { want, attemptsAtMs, told } = start(Infinity);
  for (let second = 0; second < 200; second++) {
    void want();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(attemptsAtMs).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000]);
  expect(new Set(told)).toEqual(new Set([true]));
});

test('a server that is begun anew is no newer one: the first failure is not told', async () => {
  answerWith(200);
  const { want, told } = start(2);
  await want();
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([false]);
});

test('what was told is taken back when the code has come', async () => {
  answerWith(404);
  const { want, told } = start(3);
  await want();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([true, false]);
});

test('a server that is away makes no page older', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const { want, told } = start(Infinity);
  await want();
  await vi.advanceTimersByTimeAsync(10_000);
  answerWith(502);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(new Set(told)).toEqual(new Set([false]));
});

test('each browser’s words for missing code are known, and no other error', () => {
  for (const message of [
    'Failed to fetch dynamically imported module: http://minnow.test/assets/a.js',
    'error loading dynamically imported module: http://minnow.test/assets/a.js',
    'Importing a module script failed.',
  ])
    expect(isMissingCode(new TypeError(message)), message).toBe(true);
  expect(isMissingCode(new TypeError('inputs must be a Uint8Array'))).toBe(false);
  expect(isMissingCode(new RangeError('import'))).toBe(false);
});
