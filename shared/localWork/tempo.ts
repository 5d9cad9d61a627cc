// The tempo of local work: about how long an update takes on whatever device. A slow one does fewer of its steps, a fast
// one rests between them, so that a phone stays cool and a lesson does not end in seconds. Knows nothing of training.

import type { Clock } from './clock.ts';

export interface Tempo {
  /** Of the steps of an update, how many are done: what fits by the time that one takes, at least one. */
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
  let dueMs = clock.now();
  let everyMs = 0;
  return {
    settle(numSteps, stepMs) {
      if (tempoMs === 0) return numSteps;
      const settled = Math.max(1, Math.min(numSteps, Math.floor(tempoMs / stepMs)));
      everyMs = tempoMs / settled;
      return settled;
    },
    restart() {
      dueMs = clock.now();
    },
    async rest(signal) {
      // Each rest ends when it was planned to end, however late the one before did.
      dueMs += everyMs * slowdown();
      if (everyMs === 0 || clock.now() >= dueMs) return false;
      await clock.sleepUntil(dueMs, signal);
      return true;
    },
  };
}
