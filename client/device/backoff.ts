// Waiting before asking a server again that has just said no: twice as long each time. Knows nothing of what is asked.

import type { Clock } from '../../shared/localWork/clock.ts';

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

export interface Backoff {
  wait(): Promise<void>;
  /** All is well again. */
  reset(): void;
}

export function createBackoff(clock: Clock): Backoff {
  const { signal } = new AbortController();
  let delayMs = FIRST_MS;
  return {
    wait() {
      const untilMs = clock.now() + delayMs;
      delayMs = Math.min(LONGEST_MS, 2 * delayMs);
      return clock.sleepUntil(untilMs, signal);
    },
    reset() {
      delayMs = FIRST_MS;
    },
  };
}
