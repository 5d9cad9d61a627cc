// Pacing against an absolute speed: a profile says FLOP/s, a plan says FLOPs, and each local step ends when it would
// have ended on such a device. Slowing by a multiple of the measured time would multiply the contention of the machine too.

import type { Clock } from './clock.ts';

export interface Pacer {
  /** Steps whose computation ended after their planned end. */
  readonly overruns: number;
  /** How long a step of `flops` takes by the schedule; 0 where there is none. */
  plannedMs(flops: number): number;
  /** Starts the schedule (again) now: at the beginning of local work and after a pause. */
  restart(): void;
  /** Call when a step of `flops` has been computed: resolves at its planned end, or at once when it overran or `signal` aborted. */
  stepDone(flops: number, signal: AbortSignal): Promise<void>;
}

/**
 * Creates the pacer of one assignment. `slowdown` (default 1) is asked at each step: the step takes so many times as long.
 * An unpaced one has no planned time to multiply, only its own. Each step is planned to start at the planned (not the real) end of the one
 * before, so a timer that wakes late costs nothing in the sum. A speed of 0 FLOP/s means unpaced: `stepDone` only yields.
 */
export function createPacer(flopsPerSecond: number, clock: Clock, slowdown: () => number = () => 1): Pacer {
  if (!(flopsPerSecond >= 0 && flopsPerSecond < Infinity)) {
    throw new RangeError(`flopsPerSecond must be a finite number >= 0, got ${flopsPerSecond}`);
  }
  let plannedEndMs = clock.now();
  let overruns = 0;
  const plannedMs = (flops: number): number => (flopsPerSecond === 0 ? 0 : (flops / flopsPerSecond) * 1000);
  return {
    plannedMs,
    get overruns() {
      return overruns;
    },
    restart() {
      plannedEndMs = clock.now();
    },
    async stepDone(flops, signal) {
      if (flopsPerSecond === 0) {
        const endMs = plannedEndMs + (clock.now() - plannedEndMs) * slowdown();
        if (endMs > clock.now()) await clock.sleepUntil(endMs, signal);
        else await clock.yield();
        plannedEndMs = clock.now();
        return;
      }
      plannedEndMs += plannedMs(flops) * slowdown();
      if (clock.now() > plannedEndMs) {
        overruns++;
        await clock.yield();
      } else {
        await clock.sleepUntil(plannedEndMs, signal);
      }
    },
  };
}
