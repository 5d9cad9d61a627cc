// A clock for tests that moves only when told or slept on: no test waits for real time.

import type { Clock } from '../clock.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  readonly numYields: number;
}

/** Starts at 1000 ms; `lateMs` is how much too late each sleep wakes. Yields go through the real event loop. */
export function createManualClock(lateMs = 0): ManualClock {
  let nowMs = 1000;
  let numYields = 0;
  return {
    get numYields() {
      return numYields;
    },
    now: () => nowMs,
    sleepUntil(atMs) {
      nowMs = Math.max(nowMs, atMs) + lateMs;
      return new Promise((resolve) => setTimeout(resolve, 0));
    },
    yield() {
      numYields++;
      return new Promise((resolve) => setTimeout(resolve, 0));
    },
    advance(ms) {
      nowMs += ms;
    },
  };
}
