import { describe, expect, test } from 'vitest';
import { MOTION_CHANNELS, MOTION_WINDOW, scaleMotion } from '../../../shared/tasks/har/motionSignal.ts';
import { cutWindows, newestWindow, readMotion, type MotionReading } from './motionWindows.ts';

const SIZE = MOTION_WINDOW * MOTION_CHANNELS;

/** A smooth motion that is known at any time. */
const motionAt = (ms: number): number[] =>
  Array.from({ length: MOTION_CHANNELS }, (_, channel) => Math.sin(ms / 400 + channel) + channel / 10);

function record(fromMs: number, toMs: number, everyMs: number): MotionReading[] {
  const readings: MotionReading[] = [];
  for (let atMs = fromMs; atMs <= toMs; atMs += everyMs) readings.push({ atMs, values: motionAt(atMs) });
  return readings;
}

test.each([60, 50, 100])('a sensor of %i Hz gives the task’s 50 Hz', (hertz) => {
  const [window] = cutWindows(record(1000, 4000, 1000 / hertz));
  for (const step of [0, 1, 63, 127]) {
    const expected = motionAt(1000 + step * 20);
    for (let channel = 0; channel < MOTION_CHANNELS; channel++)
      expect(window![step * MOTION_CHANNELS + channel]).toBeCloseTo(
        scaleMotion(expected[channel]!, channel),
        2,
      );
  }
});

test('windows follow each other without overlap, and what is left over is dropped', () => {
  // 128 readings from 0 to 2,540 ms, and so on; three windows and a rest.
  const windows = cutWindows(record(0, 9000, 20));
  expect(windows.length).toBe(3);
  expect(windows[1]![0]).toBeCloseTo(scaleMotion(motionAt(128 * 20)[0]!, 0), 5);
  expect(cutWindows(record(0, 2520, 20))).toEqual([]);
  expect(cutWindows(record(0, 2540, 20)).length).toBe(1);
  expect(cutWindows([])).toEqual([]);
});

test('no window spans a gap, and a clock that stands still does no harm', () => {
  const torn = [...record(0, 2000, 20), ...record(5000, 7000, 20)];
  expect(cutWindows(torn)).toEqual([]);
  const [first, ...rest] = record(0, 2540, 20);
  expect(cutWindows([first!, first!, ...rest]).length).toBe(1);
});

test('the newest window is the last 2.56 s', () => {
  expect(newestWindow(record(0, 1000, 20))).toBe(null);
  expect(newestWindow([])).toBe(null);
  const window = newestWindow(record(0, 5000, 20))!;
  expect(window.length).toBe(SIZE);
  expect(window[SIZE - MOTION_CHANNELS]).toBeCloseTo(scaleMotion(motionAt(5000)[0]!, 0), 5);
});

describe('an event', () => {
  const event = {
    timeStamp: 5,
    accelerationIncludingGravity: { x: 9.80665, y: 0, z: -9.80665 },
    rotationRate: { alpha: 180, beta: 90, gamma: 0 },
  };
  test('comes in g and rad/s', () => {
    expect(readMotion(event, false)).toEqual({
      atMs: 5,
      values: [1, 0, -1, Math.PI, Math.PI / 2, 0],
    });
    expect(
      readMotion(event, true)!
        .values.slice(0, 4)
        .map((value) => value + 0),
    ).toEqual([-1, 0, 1, Math.PI]);
  });
  test('of a device without one of the sensors is none', () => {
    expect(readMotion({ ...event, rotationRate: null }, false)).toBe(null);
    expect(readMotion({ ...event, rotationRate: { alpha: null, beta: 0, gamma: 0 } }, false)).toBe(null);
  });
});

/** Of a phone that lies still with that acceleration along x, in deviations from the volunteers' mean. */
function meanOfX(x: number): number {
  const accelerationIncludingGravity = { x, y: -1.5, z: 0.8 };
  const rotationRate = { alpha: 0, beta: 0, gamma: 0 };
  const [window] = cutWindows(
    Array.from({ length: MOTION_WINDOW }, (_, i) =>
      readMotion({ timeStamp: i * 20, accelerationIncludingGravity, rotationRate }, false)!,
    ),
  );
  return window!
    .filter((_, i) => i % MOTION_CHANNELS === 0)
    .reduce((sum, value) => sum + value / MOTION_WINDOW, 0);
}

test('a phone on the hip with its x axis up lies within what the volunteers’ did, upside down does not', () => {
  expect(Math.abs(meanOfX(9.7))).toBeLessThan(1);
  expect(meanOfX(-9.7)).toBeLessThan(-4);
});
