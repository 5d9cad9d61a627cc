// The order of a device's messages, with the real engine and a scripted server. Real sockets: the end-to-end tests.

import { expect, test, vi } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import {
  fullScheme,
  layerScheme,
  ratioScheme,
  trainedSlices,
  type UpdateScheme,
} from '../../shared/engine/scheme.ts';
import { BackendError } from '../../shared/engine/errors.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { encodeBlocks } from '../../shared/contract/codec.ts';
import { encodeBlock, formOfBlock } from '../../shared/contract/blockForm.ts';
import { spreadDelta, type Delta } from '../../shared/contract/delta.ts';
import { decodeDelta } from '../../shared/contract/deltaCodec.ts';
import type { Assignment, Ready } from '../../shared/contract/messages.ts';
import { startDevice } from './device.ts';
import type { DeviceParts } from './deviceParts.ts';
import type { DeviceOptions, DeviceState } from './deviceState.ts';
import { createManualClock } from '../../shared/localWork/testing/manualClock.ts';
import { createMemoryStore, wholeBlock } from './testing/blocks.ts';
import { createScriptedServer, joinedAs } from './testing/scriptedServer.ts';
import { SMALL_TASK } from '../../shared/localWork/testing/smallTask.ts';

const { model } = SMALL_TASK;
const PARAMETERS = initialParameters(model, 1);
const FULL = fullScheme(model);
const HEAD = layerScheme(model, ['head']);

function assignment(
  assignmentId: string,
  scheme: UpdateScheme,
  tensors: readonly number[],
): [Assignment, ArrayBuffer] {
  const localWork = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };
  const blocks = tensors.map((tensor) => wholeBlock(tensor, 0));
  return [
    { assignmentId, baseVersion: 0, scheme, localWork, seed: 1, encoding: { kind: 'float32' }, blocks },
    encodeBlocks(tensors.map((tensor) => PARAMETERS[tensor]!)),
  ];
}
const ALL = [0, 1, 2, 3];

function start(
  change: Partial<DeviceOptions> = {},
  parts: Partial<DeviceParts> = {},
  prepareTrainer = (trainer: Trainer): Trainer => trainer,
) {
  const server = createScriptedServer();
  const states: DeviceState[] = [];
  const tokens: string[] = [];
  const arenas: string[] = [];
  const options: DeviceOptions = {
    server: 'http://minnow.test',
    run: 'test',
    token: '',
    name: 'one',
    profile: '',
    budgetBytes: 262_144,
    flopsPerSecond: 0,
    stragglerFactor: 1,
    dataSeed: -1,
    backend: '',
    raceResults: {},
    openedAtMs: 0,
    ...change,
  };
  const device = startDevice(options, {
    openSession: server.openSession,
    createTrainer(plan: TrainingPlan) {
      const trainer = prepareTrainer(createWasmTrainer(plan, 'simd'));
      arenas.push('created');
      return Object.assign(Object.create(trainer) as Trainer, {
        dispose() {
          arenas.push('disposed');
          trainer.dispose();
        },
      });
    },
    giveUpGpu: () => arenas.push('gave up'),
    backendRefusal: () => '',
    clock: createManualClock(),
    backend: 'wasm-simd',
    browser: 'none',
    cores: 1,
    sinceOpenedMs: () => 5,
    changed: (state) => states.push(state),
    tokenIssued: (token) => tokens.push(token),
    ...parts,
  });
  const newest = () => states[states.length - 1]!;
  const phase = (wanted: DeviceState['phase']) => vi.waitFor(() => expect(newest().phase).toBe(wanted));
  const logged = (message: string, times = 1) =>
    vi.waitFor(() => expect(server.log.filter((line) => line === message)).toHaveLength(times));
  return { server, device, states, tokens, arenas, newest, phase, logged };
}

test('an answered update counts as ready: the next assignment follows without another message', async () => {
  const { server, newest, logged } = start();
  await logged('ready');
  expect(await server.assign(...assignment('a1', HEAD, ALL))).toBe(true);
  await logged('update a1');
  await server.assign(...assignment('a2', HEAD, [2, 3]));
  await logged('update a2');
  expect(server.log).toEqual(['join', 'shard', 'ready', 'update a1', 'update a2']);
  expect(server.updates[0]!.header).toMatchObject({
    steps: 6,
    samples: 20,
    held: [0, 0, 0, 0],
    moved: true,
  });
  expect(server.updates[0]!.delta).toHaveLength(16 * 3 + 3);
  expect(newest()).toMatchObject({ updates: 2, trainedShare: 51 / 259, lastStaleness: 0 });
});

/** One weight, to be measured. */
function probe(assignmentId: string, tensors: readonly number[]): [Assignment, ArrayBuffer] {
  const [header, blocks] = assignment(assignmentId, layerScheme(model, ['head']), tensors);
  const scheme = { entries: [header.scheme.entries[0]!] };
  return [{ ...header, scheme, probe: { numBatches: 4 } }, blocks];
}

test('a probe is measured, told and answered as an update is, and nothing is trained', async () => {
  const { server, newest, logged } = start();
  await logged('ready');
  expect(await server.assign(...probe('a1', ALL))).toBe(true);
  await logged('probe a1');
  const { product, ...told } = server.probes[0]!;
  expect(product).toBeGreaterThan(0);
  expect(told).toMatchObject({ assignmentId: 'a1', samples: 20, held: [0, 0, 0, 0], moved: true });
  expect(newest()).toMatchObject({ updates: 0, refused: 0, trainedShare: -1 });
  // The same seed measures the same, wherever.
  expect(await server.assign(...assignment('a2', HEAD, ALL))).toBe(true);
  await logged('update a2');
  expect(await server.assign(...probe('a3', ALL))).toBe(true);
  await logged('probe a3');
  expect(server.probes[1]!.product).toBe(product);
  expect(newest()).toMatchObject({ updates: 1, trainedShare: 51 / 259 });
  expect(server.log).toEqual(['join', 'shard', 'ready', 'probe a1', 'update a2', 'probe a3']);
});

test('what a probe has measured is sent again where its answer was lost', async () => {
  const { server, logged } = start();
  await logged('ready');
  server.updateAnswer = () => {
    server.updateAnswer = () => ({ ok: true, version: 1, staleness: 0, duplicate: true });
    return null;
  };
  await server.assign(...probe('a1', ALL));
  await logged('probe a1');
  server.lose();
  server.joinAnswer = () => joinedAs('d1', { resumed: true, openAssignment: 'a1' });
  server.restore();
  await logged('probe a1', 2);
  expect(server.probes[1]).toEqual(server.probes[0]);
  expect(await server.assign(...assignment('a2', HEAD, ALL))).toBe(true);
  await logged('update a2');
});

test('work that is begun while the connection is gone does not hide that it is', async () => {
  const { server, newest, logged } = start();
  await logged('ready');
  const given = server.assign(...assignment('a1', HEAD, ALL));
  server.lose();
  expect(await given).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(newest()).toMatchObject({ connected: false, phase: 'connecting' });
});

test('a probe that cannot be made is given up', async () => {
  const { server, logged } = start({}, {}, (trainer) => ({
    ...trainer,
    sketchUpdate: async () => new Float32Array(4).fill(Number.NaN),
  }));
  await logged('ready');
  await server.assign(...probe('a1', ALL));
  await logged('ready', 2);
  expect(server.probes).toEqual([]);
});

test('the backend that trained is told with each update, and with a join that comes after it', async () => {
  const { server, logged } = start({}, { backend: 'auto' }, (trainer) => ({ ...trainer, backend: 'webgpu' }));
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  expect(server.updates[0]!.header.backend).toBe('webgpu');
  server.lose();
  server.restore();
  await logged('join', 2);
  expect(server.joins.map(({ device }) => device.backend)).toEqual(['auto', 'webgpu']);
});

test('where no budget is enforced, what was measured is told in place of the plan', async () => {
  let stepsDone = 0;
  const refusal = 'no WebGPU';
  const { server, newest, logged } = start({}, { backendRefusal: () => refusal }, (trainer) => ({
    ...trainer,
    backend: 'tfjs-webgpu',
    get allocatedBytes() {
      return 1_000_000 * stepsDone;
    },
    step(batch, learningRate) {
      stepsDone++;
      trainer.step(batch, learningRate);
    },
  }));
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  const measured = { deviceBytes: 6_000_000, allocatedBytes: 6_000_000 };
  expect(server.updates[0]!.header).toMatchObject({ ...measured, backend: 'tfjs-webgpu' });
  expect(newest()).toMatchObject({ ...measured, budgetBytes: 262_144, backendRefusal: refusal });
});

test('an answer and the next assignment in one packet are taken one after the other', async () => {
  const { server, newest, logged } = start();
  await logged('ready');
  server.answered = () => {
    server.answered = null;
    void server.assign(...assignment('a2', HEAD, [2, 3]));
  };
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a2');
  await vi.waitFor(() => expect(newest()).toMatchObject({ phase: 'waiting', updates: 2 }));
});

test('a connection lost in mid-training changes nothing: the update goes up after the join', async () => {
  const { server, logged, phase } = start();
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  server.lose();
  await phase('connecting');
  server.joinAnswer = () => joinedAs('d1', { resumed: true, openAssignment: 'a1' });
  server.restore();
  await logged('update a1');
  expect(server.log).toEqual(['join', 'shard', 'ready', 'join', 'update a1']);
  expect(server.joins[1]!.token).toBe('token of d1');
});

test('an unanswered update is sent again, bit by bit the same', async () => {
  const { server, logged, newest } = start();
  await logged('ready');
  server.updateAnswer = () => null;
  await server.assign(...assignment('a1', FULL, ALL));
  await logged('update a1');
  server.updateAnswer = () => ({ ok: true, version: 4, staleness: 1, duplicate: true });
  server.joinAnswer = () => joinedAs('d1', { resumed: true, openAssignment: 'a1' });
  server.restore();
  await logged('update a1', 2);
  expect(server.updates[1]!.delta).toEqual(server.updates[0]!.delta);
  await vi.waitFor(() => expect(newest()).toMatchObject({ phase: 'waiting', updates: 1, version: 4 }));
});

test('an update whose acknowledgement was lost is sent again and counted, and what followed it is given up', async () => {
  const { server, logged, newest } = start();
  await logged('ready');
  server.updateAnswer = () => null;
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  server.updateAnswer = () => ({ ok: true, version: 4, staleness: 1, duplicate: true });
  server.joinAnswer = () => joinedAs('d1', { resumed: true, openAssignment: 'a2' });
  server.restore();
  await logged('ready', 2);
  expect(server.log.slice(-3)).toEqual(['join', 'update a1', 'ready']);
  expect(newest()).toMatchObject({ updates: 1, version: 4 });
});

test('an assignment that is no longer open is dropped and work is asked for', async () => {
  const { server, device, logged } = start();
  await logged('ready');
  device.setPaused(true);
  await server.assign(...assignment('a1', HEAD, ALL));
  server.lose();
  server.joinAnswer = () => joinedAs('d1', { resumed: true });
  server.restore();
  device.setPaused(false);
  await logged('ready', 2);
  expect(server.log.slice(-2)).toEqual(['join', 'ready']);
  expect(server.held[1]).toMatchObject({ held: [0, 0, 0, 0], moved: true });
});

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

test('a session that the server has forgotten starts anew: no data and no block of the old one are used', async () => {
  const { server, logged, arenas } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  server.lose();
  server.joinAnswer = ({ token }) =>
    token === '' ? joinedAs('d2') : { ok: false, code: 'badToken', message: 'not signed here' };
  server.restore();
  await logged('ready', 2);
  expect(server.log).toEqual(['join', 'shard', 'ready', 'join', 'join', 'shard', 'ready']);
  expect(server.held[1]!.held).toEqual([-1, -1, -1, -1]);
  expect(arenas).toEqual(['created', 'disposed']);
});

test('another scheme disposes of the old arena before the new one and asks for what it now lacks', async () => {
  const { server, logged, arenas } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  expect(await server.assign(...assignment('a2', FULL, [2, 3]))).toBe(false);
  await logged('ready', 2);
  expect(server.held[1]).toMatchObject({ held: [-1, -1, 0, 0], moved: false });
  await server.assign(...assignment('a3', FULL, ALL));
  await logged('update a3');
  expect(arenas).toEqual(['created', 'disposed', 'created']);
});

test('a budget that is too small is shown, and a larger one joins again', async () => {
  const { server, device, phase, logged, newest } = start({ token: 'old', budgetBytes: 131_072 });
  server.joinAnswer = ({ budgetBytes }) =>
    budgetBytes < 200_000
      ? { ok: false, code: 'budgetTooSmall', message: 'too small', smallestBudgetBytes: 180_000 }
      : joinedAs('d1');
  await phase('refused');
  expect(newest().refusal).toMatchObject({ smallestBudgetBytes: 180_000 });
  await device.setBudget(262_144);
  await logged('ready');
  expect(newest()).toMatchObject({ refusal: null, budgetBytes: 262_144 });
});

test('a scheme that does not fit the budget is refused with the smallest budget that would do', async () => {
  const { server, logged, phase, newest } = start({ budgetBytes: 1_000 });
  await logged('ready');
  void server.assign(...assignment('a1', FULL, ALL));
  await phase('refused');
  expect(newest().refusal!.smallestBudgetBytes).toBeGreaterThan(1_000);
});

test('another budget gives up the work at hand and asks for new work', async () => {
  const { server, device, logged } = start();
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  await device.setBudget(524_288);
  expect(server.log).toEqual(['join', 'shard', 'ready', 'budget 524288', 'ready']);
});

test('a paused device computes nothing until it goes on', async () => {
  const { server, device, logged, states, newest } = start();
  await logged('ready');
  device.setPaused(true);
  await server.assign(...assignment('a1', FULL, ALL));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(newest()).toMatchObject({ paused: true, phase: 'training', step: 0 });
  expect(states.some((state) => state.step > 0)).toBe(false);
  device.setPaused(false);
  await logged('update a1');
});

test('a device that its tab holds back rests as a paused one, and goes on when neither holds it', async () => {
  const { server, device, logged, states, newest } = start();
  await logged('ready');
  device.setHeld('battery');
  device.setPaused(true);
  await server.assign(...assignment('a1', FULL, ALL));
  device.setPaused(false);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(newest()).toMatchObject({ paused: false, held: 'battery', phase: 'training', step: 0 });
  expect(states.some((state) => state.step > 0)).toBe(false);
  device.setHeld('');
  await logged('update a1');
});

test('an update that the run refuses is dropped and counted, and the next assignment is taken', async () => {
  const { server, logged, newest } = start();
  await logged('ready');
  server.updateAnswer = () => ({ ok: false, code: 'stale', message: 'too old', version: 30 });
  await server.assign(...assignment('a1', FULL, ALL));
  await logged('update a1');
  server.updateAnswer = () => ({ ok: true, version: 31, staleness: 0, duplicate: false });
  await server.assign(...assignment('a2', FULL, ALL));
  await logged('update a2');
  await vi.waitFor(() => expect(newest()).toMatchObject({ updates: 1, refused: 1, version: 31 }));
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
});

const STILL = { localWork: { batch: 8, epochs: 1, maxSteps: 1, learningRate: 0 } };

const TOP = { kind: 'topK', share: 0.1 } as const;

/** What goes up with a first update in the encoding and, in float32, with a second one of work that changes nothing. */
async function updatesAfter(encoding: Assignment['encoding'], isRefused: boolean) {
  const { server, logged } = start();
  await logged('ready');
  const [given, blocks] = assignment('a1', FULL, ALL);
  if (isRefused) server.updateAnswer = () => ({ ok: false, code: 'stale', message: 'too old', version: 30 });
  await server.assign({ ...given, encoding }, blocks);
  await logged('update a1');
  await server.assign({ ...given, ...STILL, assignmentId: 'a2' }, blocks);
  await logged('update a2');
  return server.updates;
}

test('what did not travel goes up with the next update, and is dropped when the update is refused', async () => {
  const [whole] = await updatesAfter({ kind: 'float32' }, false);
  const [sent, rest] = await updatesAfter(TOP, false);
  const [, afterRefusal] = await updatesAfter(TOP, true);
  const sizes = PARAMETERS.map(({ length }) => length);
  const arrived = spreadDelta(decodeDelta(sent!.bytes, sizes, TOP) as Delta);
  expect(arrived.filter((value) => value !== 0).length).toBeGreaterThan(10);
  whole!.delta.forEach((value, i) => expect(rest!.delta[i]! + arrived[i]!).toBeCloseTo(value, 6));
  expect(rest!.delta.some((value) => value !== 0)).toBe(true);
  expect(afterRefusal!.delta.every((value) => value === 0)).toBe(true);
});

test('a page that was loaded anew says what the browser has kept and is sent the rest alone', async () => {
  const store = createMemoryStore();
  const openBlockStore = () => Promise.resolve(store);
  const part = ratioScheme(model, { hidden: 1 / 4, head: 1 });
  const first = start({}, { openBlockStore });
  await first.logged('ready');
  expect(first.server.held[0]).toMatchObject({ held: [-1, -1, -1, -1], moved: false });
  await first.server.assign(...assignment('a1', part, ALL));
  await first.logged('update a1');
  expect(store.blocks.map(({ tensor }) => tensor)).toEqual([0, 1]);

  const second = start({ token: 'token of d1' }, { openBlockStore });
  await second.logged('ready');
  expect(second.server.held[0]).toMatchObject({ held: [0, 0, -1, -1], moved: true });
  const [given] = assignment('a2', part, [2, 3]);
  const slices = trainedSlices(model, part);
  const blocks = [0, 1].map((tensor) => ({ ...wholeBlock(tensor, 0), part: 'slice' as const }));
  const bytes = [0, 1].flatMap((tensor) => {
    const slice = slices.find(({ parameter }) => parameter === tensor)!;
    return [...encodeBlock(PARAMETERS[tensor]!, formOfBlock(parametersOf(model)[tensor]!, slice), 'float32')];
  });
  const message = Uint8Array.from([
    ...bytes,
    ...new Uint8Array(encodeBlocks([PARAMETERS[2]!, PARAMETERS[3]!])),
  ]);
  const isTaken = await second.server.assign(
    { ...given, blocks: [...blocks, ...given.blocks] },
    message.buffer,
  );
  expect(isTaken).toBe(true);
  await second.logged('update a2');
  // The same base, so the same work has the same outcome.
  expect(second.server.updates[0]!.delta).toEqual(first.server.updates[0]!.delta);
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
  await logged('ready');
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(server.log.filter((line) => line === 'ready')).toHaveLength(1);
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
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
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

test('leaving frees the lease and the arena and forgets the token', async () => {
  const { server, device, logged, arenas, tokens, newest } = start();
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  await device.leave();
  expect(server.log).toContain('leave');
  expect(arenas).toEqual(['created', 'disposed']);
  expect(tokens).toEqual(['token of d1', '']);
  expect(newest()).toMatchObject({ phase: 'left', allocatedBytes: 0 });
});

test('an assignment that comes while the device is leaving is given up, and no fault', async () => {
  const { server, device, logged, arenas, newest } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await logged('update a1');
  const leaving = device.leave();
  void server.assign(...assignment('a2', FULL, ALL));
  await leaving;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(newest()).toMatchObject({ phase: 'left', problem: '' });
  expect(arenas.filter((line) => line === 'disposed')).toHaveLength(
    arenas.filter((line) => line === 'created').length,
  );
});

test('a session taken over by another tab ends without a try to take it back', async () => {
  const { server, logged, phase } = start();
  await logged('ready');
  server.end({ ok: false, code: 'superseded', message: 'another tab' });
  await phase('ended');
  expect(server.log).toEqual(['join', 'shard', 'ready']);
});

test('a device whose run gave way to another joins that one by itself, with nothing of the old', async () => {
  const { server, logged, phase, newest, tokens, arenas } = start();
  await logged('ready');
  await server.assign(...assignment('a1', HEAD, ALL));
  await phase('training');
  server.joinAnswer = () => joinedAs('d2', { run: 'next', version: 0 });
  server.end({ ok: false, code: 'moved', message: 'another run' });
  await expect.poll(() => newest().run).toBe('next');
  await expect.poll(() => server.log.filter((line) => line === 'ready').length).toBe(2);
  // Under the name that it knows: the server knows what took that run's place.
  expect(server.joins.map(({ run, token }) => [run, token])).toEqual([
    ['test', ''],
    ['test', ''],
  ]);
  expect(server.held.at(-1)!.held.every((version) => version === -1)).toBe(true);
  expect(tokens).toEqual(['token of d1', '', 'token of d2']);
  expect(arenas).toEqual(['created', 'disposed']);
  expect(newest()).toMatchObject({ deviceId: 'd2', score: -1, refusal: null });
});

test('a removed device stays out with its token until the person asks to join again', async () => {
  const { server, device, logged, phase, newest, tokens } = start();
  await logged('ready');
  server.end({ ok: false, code: 'removed', message: 'removed' });
  await phase('ended');
  expect(newest().refusal?.code).toBe('removed');
  expect(tokens).toEqual(['token of d1']);
  server.joinAnswer = () => joinedAs('d2');
  device.joinAgain();
  await expect.poll(() => newest().deviceId).toBe('d2');
  expect(server.joins.at(-1)!.token).toBe('');
});

test("a teacher holds a device and lets it go, and does not undo the person's own pause", async () => {
  const { server, device, newest, phase, logged } = start();
  await logged('ready');
  server.pace({ slowdown: 1, isPaused: true });
  await server.assign(...assignment('a1', HEAD, ALL));
  await phase('training');
  expect(newest()).toMatchObject({ step: 0, paused: false });
  device.setPaused(true);
  server.pace({ slowdown: 1, isPaused: false });
  await new Promise((resolve) => setTimeout(resolve, 0));
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
