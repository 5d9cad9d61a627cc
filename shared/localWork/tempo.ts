// The tempo of local work: about how long an update takes on whatever device. A slow one does fewer of its steps, a fast
// one rests between them, so that a phone stays cool and a lesson does not end in seconds. Knows nothing of training.

import type { Clock } from './clock.ts';

export interface Tempo {
  /**
   * Of the steps of an update, how many are done, at least one. Call after the first step and after the second with the time
   * that it took: the rest is expected to take as long as the faster of them, as a first step is slow where code is cold. The
   * second call never takes back what the first one allowed.
   */
  settle(numSteps: number, stepMs: number): number;
  /** Starts the schedule of what is left (again) now: after a pause. */
  restart(): void;
  /** Call after each step: resolves when the next one may begin, early if `signal` aborts. True where it rested. */
  rest(signal: AbortSignal): Promise<boolean>;
}

/**
 * The tempo of one update that takes about `tempoMs`; 0: all steps, without rests. `slowdown` (default 1) is asked at each
 * step: it stretches steps and rests alike, so that a device that a teacher makes slow lags behind the others.
 */
export function createTempo(tempoMs: number, clock: Clock, slowdown: () => number = () => 1): Tempo {
  if (!(tempoMs >= 0 && tempoMs < Infinity)) {
    throw new RangeError(`tempoMs must be a finite number >= 0, got ${tempoMs}`);
  }
  let sinceMs = clock.now();
  /** Steps since then, each as many times as it was slowed down. */
  let numDone = 0;
  let everyMs = 0;
  let firstMs = 0;
  let fastestMs = Infinity;
  return {
    settle(numSteps, stepMs) {
      if (tempoMs === 0) return numSteps;
      firstMs ||= stepMs;
      fastestMs = Math.min(fastestMs, stepMs);
      const numFitting = 1 + Math.floor((tempoMs - firstMs) / fastestMs);
      const settled = Math.max(1, Math.min(numSteps, numFitting));
      everyMs = tempoMs / settled;
      return settled;
    },
    restart() {
      sinceMs = clock.now();
      numDone = 0;
    },
    async rest(signal) {
      // Each rest ends when it was planned to end, however late the one before did.
      numDone += slowdown();
      const dueMs = sinceMs + everyMs * numDone;
      if (everyMs === 0 || clock.now() >= dueMs) return false;
      await clock.sleepUntil(dueMs, signal);
      return true;
    },
  };
}
