// What holds a device back or makes it slow: the person, the tab, the teacher, the run.

import { expect, test } from 'vitest';
import { createManualClock } from '../../shared/localWork/testing/manualClock.ts';
import { joinedAs } from './testing/scriptedServer.ts';
import { ALL, assignment, FULL, HEAD, start } from './testing/startOnSmallTask.ts';

test('a paused device computes nothing until it goes on', async () => {
  const { server, device, logged, states, newest, begun } = start();
  await logged('ready');
  device.setPaused(true);
  await server.assign(...assignment('a1', FULL, ALL));
  await begun();
  expect(newest()).toMatchObject({ paused: true, phase: 'training', step: 0 });
  expect(states.some((state) => state.step > 0)).toBe(false);
  device.setPaused(false);
  await logged('update a1');
});

test('a device that its tab holds back rests as a paused one, and goes on when neither holds it', async () => {
  const { server, device, logged, states, newest, begun } = start();
  await logged('ready');
  device.setHeld('battery');
  device.setPaused(true);
  await server.assign(...assignment('a1', FULL, ALL));
  device.setPaused(false);
  await begun();
  expect(newest()).toMatchObject({ paused: false, held: 'battery', phase: 'training', step: 0 });
  expect(states.some((state) => state.step > 0)).toBe(false);
  device.setHeld('');
  await logged('update a1');
});

test('a device that was paused over several connections asks for work once', async () => {
  const { server, device, logged } = start();
  device.setPaused(true);
  await logged('shard');
  server.joinAnswer = () => joinedAs('d1', { resumed: true });
  for (let i = 0; i < 3; i++) {
    server.lose();
    server.restore();
  }
  device.setPaused(false);
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
});

test("a teacher holds a device and lets it go, and does not undo the person's own pause", async () => {
  const { server, device, newest, phase, logged, begun } = start();
  await logged('ready');
  server.pace({ slowdown: 1, isPaused: true });
  await server.assign(...assignment('a1', HEAD, ALL));
  await phase('training');
  expect(newest()).toMatchObject({ step: 0, paused: false });
  device.setPaused(true);
  server.pace({ slowdown: 1, isPaused: false });
  await begun();
  expect(newest()).toMatchObject({ step: 0, paused: true });
  device.setPaused(false);
  await logged('update a1');
});

test('a device that is slowed down takes longer over its steps', async () => {
  const { server, newest, logged } = start({ flopsPerSecond: 1e6 });
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  const { stepMs } = newest();
  server.pace({ slowdown: 10, isPaused: false });
  await server.assign(...assignment('a2', HEAD, [2, 3]));
  await logged('update a2');
  expect(newest().stepMs).toBeCloseTo(10 * stepMs, 3);
});

test('an update takes the run’s tempo, unless the tab has one of its own', async () => {
  for (const [tempoMs, expectedMs] of [
    [undefined, 3000],
    [-1, 3000],
    [500, 500],
    [0, 0],
  ] as const) {
    const clock = createManualClock();
    const { server, logged } = start(tempoMs === undefined ? {} : { tempoMs }, { clock });
    await logged('ready');
    const [given, blocks] = assignment('a1', HEAD, ALL);
    const startedMs = clock.now();
    await server.assign({ ...given, localWork: { ...given.localWork, tempoMs: 3000 } }, blocks);
    await logged('update a1');
    expect(clock.now() - startedMs).toBeCloseTo(expectedMs, 6);
    expect(server.updates[0]!.header.steps).toBe(6);
  }
});
