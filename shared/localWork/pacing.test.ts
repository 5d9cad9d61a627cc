import { expect, test } from 'vitest';
import { createPacer } from './pacing.ts';
import { createManualClock } from './testing/manualClock.ts';

const signal = new AbortController().signal;

test('a paced step takes its planned time', async () => {
  const clock = createManualClock();
  const pacer = createPacer(1e9, clock);
  clock.advance(20);
  await pacer.stepDone(50e6, signal);
  expect(clock.now()).toBe(1050);
  expect(pacer.overruns).toBe(0);
});

test('timers that wake late do not add up over many steps', async () => {
  const clock = createManualClock(3);
  const pacer = createPacer(1e9, clock);
  for (let step = 0; step < 100; step++) {
    clock.advance(2);
    await pacer.stepDone(10e6, signal);
  }
  expect(clock.now()).toBe(1000 + 100 * 10 + 3);
});

test('a step that takes longer than planned is counted and made up for', async () => {
  const clock = createManualClock();
  const pacer = createPacer(1e9, clock);
  clock.advance(15);
  await pacer.stepDone(10e6, signal);
  expect(clock.now()).toBe(1015);
  clock.advance(1);
  await pacer.stepDone(10e6, signal);
  expect(clock.now()).toBe(1020);
  expect(pacer.overruns).toBe(1);
});

test('a pause is not an overrun', async () => {
  const clock = createManualClock();
  const pacer = createPacer(1e9, clock);
  clock.advance(60_000);
  pacer.restart();
  await pacer.stepDone(10e6, signal);
  expect(clock.now()).toBe(61_010);
  expect(pacer.overruns).toBe(0);
});

test('an unpaced step only yields to the event loop', async () => {
  const clock = createManualClock();
  const pacer = createPacer(0, clock);
  await pacer.stepDone(10e6, signal);
  expect(clock.now()).toBe(1000);
  expect(clock.numYields).toBe(1);
});

test('a slowdown stretches planned steps, and those of an unpaced device by their own time', async () => {
  const clock = createManualClock();
  let slowdown = 10;
  const paced = createPacer(1e9, clock, () => slowdown);
  clock.advance(2);
  await paced.stepDone(10e6, signal);
  expect(clock.now()).toBe(1100);

  const unpaced = createPacer(0, clock, () => slowdown);
  clock.advance(3);
  await unpaced.stepDone(10e6, signal);
  expect(clock.now()).toBe(1130);
  slowdown = 1;
  clock.advance(3);
  await unpaced.stepDone(10e6, signal);
  expect(clock.now()).toBe(1133);
});

test('a speed that is no speed is refused by name', () => {
  expect(() => createPacer(-1, createManualClock())).toThrow(
    'flopsPerSecond must be a finite number >= 0, got -1',
  );
  expect(() => createPacer(NaN, createManualClock())).toThrow(RangeError);
});
