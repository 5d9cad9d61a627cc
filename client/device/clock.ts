// Time of the Worker, handed in wherever time matters so that tests need none. Also the way back to the event loop.

export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Resolves at or after `atMs`, or at once when `signal` aborts. */
  sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
  /** Lets messages and pings through before the next step. */
  yield(): Promise<void>;
}

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
