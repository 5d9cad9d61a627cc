// What a device does where something fails: training that diverges, memory, code or a GPU that cannot be had.

import { expect, test, vi } from 'vitest';
import { BackendError } from '../../shared/engine/errors.ts';
import type { Ready } from '../../shared/contract/messages.ts';
import { createManualClock } from '../../shared/localWork/testing/manualClock.ts';
import { ALL, assignment, FULL, HEAD, start } from './testing/startOnSmallTask.ts';

test('work that diverges is thrown away, and nothing of the model is fetched again', async () => {
  const { server, logged, newest } = start();
  await logged('ready');
  const [diverging, blocks] = assignment('a1', FULL, ALL);
  const localWork = { ...diverging.localWork, learningRate: 1e30 };
  await server.assign({ ...diverging, localWork }, blocks);
  await logged('ready', 2);
  expect(newest()).toMatchObject({ refused: 1, updates: 0, phase: 'waiting' });
  expect(newest().problem).toContain('diverged');
  expect(server.held[1]).toMatchObject({ held: [0, 0, 0, 0], moved: false });
});

test('the server is told that work diverged, once, and the next tries come ever later', async () => {
  const sleeps: number[] = [];
  const clock = createManualClock();
  const { server, logged, newest } = start(
    {},
    {
      clock: {
        ...clock,
        sleepUntil(atMs) {
          sleeps.push(atMs - clock.now());
          return Promise.resolve();
        },
      },
    },
  );
  await logged('ready');
  for (let time = 1; time <= 4; time++) {
    const [diverging, blocks] = assignment(`a${time}`, FULL, ALL);
    const localWork = { ...diverging.localWork, learningRate: 1e30 };
    await server.assign({ ...diverging, localWork }, blocks);
    await logged('ready', 1 + time);
    expect(newest()).toMatchObject({ diverged: time, phase: 'waiting' });
  }
  expect(sleeps).toEqual([250, 500, 1_000, 2_000]);
  expect(server.held.map((ready) => (ready as Ready).diverged ?? false)).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  await server.assign(...assignment('a5', FULL, ALL));
  await logged('update a5');
  await vi.waitFor(() => expect(newest()).toMatchObject({ diverged: 0, problem: '' }));
});

test('memory that the browser refuses stops the device until it is to try again, with less of it or as it was', async () => {
  let isRefused = true;
  const { server, device, logged, phase, newest } = start({}, {}, (trainer) => {
    if (isRefused) throw new BackendError('wasm', 'out of memory', 'cannot run this plan');
    return trainer;
  });
  await logged('ready');
  server.assign(...assignment('a1', HEAD, ALL)).catch(() => {});
  await phase('failed');
  expect(newest().problem).toMatch(/^memoryRefused: [1-9]\d+$/);
  isRefused = false;
  device.joinAgain();
  await logged('ready', 2);
  expect(server.joins[1]!.token).toBe('token of d1');
  isRefused = true;
  server.assign(...assignment('a2', HEAD, ALL)).catch(() => {});
  await phase('failed');
  await device.setBudget(131_072);
  await logged('ready', 3);
  expect(server.joins[2]).toMatchObject({ budgetBytes: 131_072, token: 'token of d1' });
  expect(newest().problem).toBe('');
});

test('code that cannot be had costs the assignment, not the device, and is asked for ever later', async () => {
  let isMissing = true;
  const { server, logged, newest } = start({}, { isServerThere: () => Promise.resolve(true) }, (trainer) => {
    if (isMissing) throw new TypeError('Failed to fetch dynamically imported module: a.js');
    return trainer;
  });
  await logged('ready');
  expect(await server.assign(...assignment('a1', HEAD, ALL))).toBe(false);
  await logged('ready', 2);
  expect(newest()).toMatchObject({ lacksCode: true, problem: '', refused: 0 });
  isMissing = false;
  await server.assign(...assignment('a2', HEAD, ALL));
  await logged('update a2');
  expect(newest().lacksCode).toBe(false);
});

test('a GPU that fails in mid-training costs the local steps, nothing else', async () => {
  let numCreated = 0;
  const { server, logged, arenas, newest } = start({}, {}, (trainer) => {
    let numSteps = 0;
    return ++numCreated > 1
      ? trainer
      : {
          ...trainer,
          backend: 'webgpu',
          step(batch, learningRate) {
            if (++numSteps > 3) throw new BackendError('webgpu', 'the device was lost');
            trainer.step(batch, learningRate);
          },
        };
  });
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  await logged('ready', 2);
  expect(newest()).toMatchObject({ hasGpuFailed: true, phase: 'waiting' });
  expect(newest().problem).toContain('the device was lost');
  expect(server.held[1]!.held).toEqual([-1, -1, -1, -1]);
  await server.assign(...assignment('a2', FULL, ALL));
  await logged('update a2');
  expect(arenas).toEqual(['created', 'gave up', 'disposed', 'created']);
  expect(newest()).toMatchObject({ updates: 1, refused: 0, backend: 'wasm-simd' });
});

test('a GPU that is gone when an assignment comes is replaced before the assignment is taken', async () => {
  let numCreated = 0;
  const { server, logged, newest } = start({}, {}, (trainer) =>
    ++numCreated > 1
      ? trainer
      : {
          ...trainer,
          transferBuffer() {
            throw new BackendError('webgpu', 'the device was lost');
          },
        },
  );
  await logged('ready');
  expect(await server.assign(...assignment('a1', FULL, ALL))).toBe(true);
  await logged('update a1');
  expect(newest()).toMatchObject({ hasGpuFailed: true, updates: 1 });
});

test('a device whose training diverged throws the update away, and stays ended if it ends meanwhile', async () => {
  let hasDiverged = false;
  const { server, logged, states, phase, newest } = start(
    {},
    {
      changed(state) {
        states.push(state);
        if (hasDiverged || !state.problem) return;
        hasDiverged = true;
        server.end({ ok: false, code: 'superseded', message: 'another tab' });
      },
    },
  );
  await logged('ready');
  const [diverging, blocks] = assignment('a1', FULL, ALL);
  const localWork = { ...diverging.localWork, learningRate: 1e30 };
  await server.assign({ ...diverging, localWork }, blocks);
  await phase('ended');
  // What would go on asks after a wait.
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
  expect(newest()).toMatchObject({ phase: 'ended', refused: 1, updates: 0 });
  expect(newest().problem).toContain('diverged');
});

test('an engine that cannot run here ends the device with its own words', async () => {
  const { server, logged, phase, newest } = start(
    {},
    {
      createTrainer() {
        throw new WebAssembly.CompileError('no such instruction');
      },
    },
  );
  await logged('ready');
  void server.assign(...assignment('a1', FULL, ALL));
  await phase('failed');
  expect(newest()).toMatchObject({ problem: 'no such instruction', connected: false });
});
