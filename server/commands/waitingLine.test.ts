import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Waiting } from '../../shared/contract/waiting.ts';
import { showWaiting } from './waitingLine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is written while a run waits for these, each for so many seconds. */
function written(course: readonly (readonly [Waiting | null, number])[], isTTY = false): string[] {
  const texts: string[] = [];
  let waiting: Waiting | null = null;
  const terminal = { isTTY, write: (text: string) => texts.push(text) };
  const timer = showWaiting(
    () => waiting,
    terminal,
    () => Date.now(),
  );
  for (const [each, seconds] of course) {
    waiting = each;
    vi.advanceTimersByTime(seconds * 1000);
  }
  clearInterval(timer);
  return texts;
}
const devices = (here: number): Waiting => ({ kind: 'devices', here, of: 10 });

it('says what a run waits for when it has waited a while, again when figures have changed, and that it goes on', () => {
  expect(
    written([
      [devices(2), 30],
      [devices(3), 1],
      [devices(9), 30],
      [null, 30],
    ]),
  ).toEqual([
    'Waiting for 8 more devices; 2 of 10 are here.\n',
    'Waiting for 7 more devices; 3 of 10 are here.\n',
    'Waiting for 1 more device; 9 of 10 are here.\n',
    'The run goes on.\n',
  ]);
});

it('says nothing of what passes, nor of what goes on by itself', () => {
  expect(
    written([
      [devices(2), 3],
      [null, 20],
      [{ kind: 'updates', buffered: 1, of: 5 }, 30],
      [{ kind: 'search', doing: 'searching', done: 3, of: 100 }, 30],
      [{ kind: 'slots', of: 4 }, 30],
    ]),
  ).toEqual([]);
});

it('clears the line that it writes on in a terminal', () => {
  expect(written([[{ kind: 'paused' }, 10]], true)).toEqual([
    '\r\u001B[KPaused for all devices, until whoever runs this lets them go on.\n',
  ]);
});
