// The Worker's own time, and its way back to the event loop.

import type { Clock } from '../../shared/localWork/clock.ts';

/**
 * The Worker's own clock. `yield` goes by a MessageChannel: a browser slows down the timers of a hidden tab,
 * and `setTimeout(0)` costs 4 ms even in a visible one; messages cost microseconds in both.
 */
export function createWorkerClock(): Clock {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.addEventListener('message', () => waiting.shift()?.());
  port1.start();
  return {
    now: () => performance.now(),
    sleepUntil(atMs, signal) {
      const delayMs = atMs - performance.now();
      if (delayMs <= 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, delayMs);
        signal.addEventListener('abort', done);
      });
    },
    yield: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        port2.postMessage(null);
      }),
  };
}
