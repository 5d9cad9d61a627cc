// One timer of a run. Knows nothing of what it wakes.

import type { Machine } from './machine.ts';

/** Longer timers fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface Alarm {
  /** Rings at this time of the run, in place of when it would have rung. */
  set(atMs: number): void;
  callOff(): void;
}

/** `nowMs`: the run's own time. */
export function createAlarm(machine: Machine, nowMs: () => number, ring: () => void): Alarm {
  let callOff: (() => void) | null = null;
  return {
    set(atMs) {
      callOff?.();
      callOff = machine.after(Math.min(Math.max(0, atMs - nowMs()), MAX_TIMER_MS), ring);
    },
    callOff: () => callOff?.(),
  };
}
