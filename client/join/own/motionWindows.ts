// Readings of a phone's motion sensors -> windows as the task `har` has them: its units, its rate, its length, its scale.
// Pure; knows nothing of events' permissions or of how a recording is asked for.

import {
  MOTION_CHANNELS,
  MOTION_RATE_HZ,
  MOTION_WINDOW,
  scaleMotion,
} from '../../../shared/tasks/har/motionSignal.ts';

export interface MotionReading {
  readonly atMs: number;
  /** Acceleration with gravity along x, y, z in g, then rotation about x, y, z in rad/s. */
  readonly values: readonly number[];
}

/** What of a DeviceMotionEvent is read. */
export interface MotionEventLike {
  readonly timeStamp: number;
  readonly accelerationIncludingGravity: Axes | null;
  readonly rotationRate: Angles | null;
}
interface Axes {
  readonly x: number | null;
  readonly y: number | null;
  readonly z: number | null;
}
interface Angles {
  readonly alpha: number | null;
  readonly beta: number | null;
  readonly gamma: number | null;
}

const STANDARD_GRAVITY = 9.80665;
const RADIANS = Math.PI / 180;
/** Readings further apart are of two recordings: the page was hidden, or the sensor slept. */
const LONGEST_GAP_MS = 250;

/**
 * Null where the device lacks one of the sensors. `isApple`: WebKit on iOS gives acceleration with the opposite sign. Rotation
 * about x, y, z is alpha, beta, gamma in every browser, whatever older texts say.
 */
export function readMotion(event: MotionEventLike, isApple: boolean): MotionReading | null {
  const { accelerationIncludingGravity: pull, rotationRate: turn } = event;
  const unit = (isApple ? -1 : 1) / STANDARD_GRAVITY;
  const values = [pull?.x, pull?.y, pull?.z, turn?.alpha, turn?.beta, turn?.gamma].map((value, i) =>
    typeof value === 'number' ? value * (i < 3 ? unit : RADIANS) : NaN,
  );
  return values.every(Number.isFinite) ? { atMs: event.timeStamp, values } : null;
}

/**
 * The windows `[MOTION_WINDOW, MOTION_CHANNELS]`, scaled, that lie in the readings one after the other. They do not overlap:
 * what is held out to measure by must not lie in a window that was trained on.
 */
export function cutWindows(readings: readonly MotionReading[]): Float32Array<ArrayBuffer>[] {
  return withoutGaps(readings).flatMap((part) => {
    const steps = resample(part);
    const numWindows = Math.floor(steps.length / (MOTION_WINDOW * MOTION_CHANNELS));
    return Array.from({ length: numWindows }, (_, i) =>
      steps.slice(i * MOTION_WINDOW * MOTION_CHANNELS, (i + 1) * MOTION_WINDOW * MOTION_CHANNELS),
    );
  });
}

/** The newest window, or null while there is none. */
export function newestWindow(readings: readonly MotionReading[]): Float32Array<ArrayBuffer> | null {
  const part = withoutGaps(readings).at(-1);
  if (!part) return null;
  const steps = resample(part);
  const size = MOTION_WINDOW * MOTION_CHANNELS;
  return steps.length < size ? null : steps.slice(-size);
}

function withoutGaps(readings: readonly MotionReading[]): MotionReading[][] {
  const parts: MotionReading[][] = [];
  readings.forEach((reading, i) => {
    const gap = i > 0 ? reading.atMs - readings[i - 1]!.atMs : Infinity;
    // A clock that stands still or goes back gives nothing to interpolate between.
    if (gap <= 0) return;
    if (gap > LONGEST_GAP_MS) parts.push([]);
    parts.at(-1)!.push(reading);
  });
  return parts;
}

/** Linear interpolation at the task's rate, scaled: `[steps, MOTION_CHANNELS]`. */
function resample(readings: readonly MotionReading[]): Float32Array<ArrayBuffer> {
  const first = readings[0]!.atMs;
  const stepMs = 1000 / MOTION_RATE_HZ;
  const numSteps = Math.floor((readings.at(-1)!.atMs - first) / stepMs + 1e-6) + 1;
  const steps = new Float32Array(numSteps * MOTION_CHANNELS);
  let after = 0;
  for (let step = 0; step < numSteps; step++) {
    const atMs = first + step * stepMs;
    while (after < readings.length - 1 && readings[after]!.atMs < atMs) after++;
    const next = readings[after]!;
    const last = readings[Math.max(0, after - 1)]!;
    const share = next === last ? 0 : Math.min(1, (atMs - last.atMs) / (next.atMs - last.atMs));
    for (let channel = 0; channel < MOTION_CHANNELS; channel++) {
      const value = last.values[channel]! + share * (next.values[channel]! - last.values[channel]!);
      steps[step * MOTION_CHANNELS + channel] = scaleMotion(value, channel);
    }
  }
  return steps;
}
