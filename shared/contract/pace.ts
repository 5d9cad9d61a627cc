// How a teacher holds devices back: Emulation, and honoured by the device
// alone: a device that ignores it is only faster. Data only.

export interface Pace {
  /** Local steps take this many times as long; 1: as long as they take. */
  readonly slowdown: number;
  /** No local step begins. */
  readonly isPaused: boolean;
}

export const FULL_PACE: Pace = { slowdown: 1, isPaused: false };
export const MOST_SLOWDOWN = 100;
