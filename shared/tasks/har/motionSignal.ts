// What a sample of the task `har` is: a window of a phone's motion, in what units and how scaled.
// Knows nothing of files or sensors.

export const MOTION_RATE_HZ = 50;
/** Readings in a window: 2.56 s. */
export const MOTION_WINDOW = 128;
/** Acceleration with gravity along x, y, z in g, then rotation about x, y, z in rad/s. */
export const MOTION_CHANNELS = 6;

/** Of the 21 training volunteers, in those units. */
const MEANS = [0.806, 0.028, 0.085, 0.005, -0.002, -0.008];
const DEVIATIONS = [0.416, 0.393, 0.359, 0.413, 0.405, 0.259];

/** A reading of that channel as the model takes it. */
export function scaleMotion(value: number, channel: number): number {
  return (value - MEANS[channel]!) / DEVIATIONS[channel]!;
}
