// How long local work takes. Within a time a slow device does fewer of its steps. At a tempo an update takes about as long
// on whatever device: a fast one rests between its steps, too, so that a phone stays cool and a lesson does not end in
// seconds. Knows nothing of training.

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

export interface TempoTimes {
  /** About how long an update takes; default 0: as long as its steps. */
  readonly tempoMs?: number;
  /** How long its steps may take; default 0: as long as they do. */
  readonly withinMs?: number;
}

/** How many steps fit a time, at least one, where the first takes `firstMs` and each other one `stepMs`. */
export function countFitting(withinMs: number, firstMs: number, stepMs: number): number {
  return 1 + Math.max(0, Math.floor((withinMs - firstMs) / stepMs));
}

/**
 * The tempo of one update. `slowdown` (default 1) is asked at each step: it stretches steps and rests alike, so that a device
 * that a teacher makes slow lags behind the others. Throws RangeError for a time that is none.
 */
export function createTempo(
  { tempoMs = 0, withinMs = 0 }: TempoTimes,
  clock: Clock,
  slowdown: () => number = () => 1,
): Tempo {
  for (const [name, ms] of Object.entries({ tempoMs, withinMs }))
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`${name} must be a finite number >= 0, got ${ms}`);
  const mostMs = Math.min(tempoMs || Infinity, withinMs || Infinity);
  let sinceMs = clock.now();
  /** Steps since then, each as many times as it was slowed down. */
  let numDone = 0;
  let everyMs = 0;
  let firstMs = 0;
  let fastestMs = Infinity;
  return {
    settle(numSteps, stepMs) {
      if (mostMs === Infinity) return numSteps;
      firstMs ||= stepMs;
      fastestMs = Math.min(fastestMs, stepMs);
      const settled = Math.min(numSteps, countFitting(mostMs, firstMs, fastestMs));
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
