// The person's own samples on a device with the real engine and a scripted server and storage.

import { expect, test, vi } from 'vitest';
import { fullScheme, layerScheme } from '../../../shared/engine/scheme.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import { joinedAs } from '../testing/scriptedServer.ts';
import {
  createMemoryOwnStore,
  startOwnDevice,
  unusualSamples,
  wholeAssignment,
} from '../testing/ownDevice.ts';

const { model } = SMALL_TASK;
const FULL = fullScheme(model);
const HEAD = layerScheme(model, ['head']);
/** Of the demo shard. */
const DEMO = 20;
const INPUT = unusualSamples(1).inputs;

test('own samples are trained on from the next assignment on, every fifth of a class held out', async () => {
  const { server, device, logged, newest } = startOwnDevice();
  await logged('ready');
  await server.assign(...wholeAssignment('a1', HEAD));
  await logged('update a1');
  const own = await device.own();
  await own.addOwn(unusualSamples(30));
  expect(newest().own).toMatchObject({ samples: 30, heldOut: 6, perClass: [10, 10, 10], use: 'both' });
  expect(newest()).toMatchObject({ samples: DEMO, isDemoShard: true });
  await server.assign(...wholeAssignment('a2', HEAD));
  await logged('update a2');
  await own.setDataUse('own');
  await server.assign(...wholeAssignment('a3', HEAD));
  await logged('update a3');
  expect(newest()).toMatchObject({ samples: 24, isDemoShard: false });
  await own.setDataUse('demo');
  await server.assign(...wholeAssignment('a4', HEAD));
  await logged('update a4');
  expect(newest()).toMatchObject({ samples: DEMO, isDemoShard: true });
  expect(server.updates.map(({ header }) => header.samples)).toEqual([DEMO, DEMO + 24, 24, DEMO]);
});

test('the personal model beats the global one on the held-out samples, and the device goes on by itself', async () => {
  const { server, device, logged, newest, arenas } = startOwnDevice();
  await logged('ready');
  await server.assign(...wholeAssignment('a1', FULL));
  await logged('update a1');
  const own = await device.own();
  await own.addOwn(unusualSamples(60));
  await own.trainPersonal();
  const { personal } = newest().own;
  expect(personal).toMatchObject({ phase: 'ready', version: 3, trains: 'head', problem: null });
  expect(personal.personalAccuracy).toBeGreaterThan(personal.globalAccuracy + 0.3);
  expect(newest().own.isRunResting).toBe(false);
  expect(arenas.bytes).toBe(0);
  await logged('ready', 2);
  await server.assign(...wholeAssignment('a2', FULL));
  await logged('update a2');

  const prediction = await own.predict(INPUT);
  expect(prediction.version).toBe(3);
  for (const probabilities of [prediction.global, prediction.personal!]) {
    expect(probabilities).toHaveLength(3);
    expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
  }
  expect(prediction.personal![0]).toBeGreaterThan(prediction.global[0]!);
  await own.stopPredicting();
  await vi.waitFor(() => expect(newest().own.deviceBytes).toBe(0));
});

test('before the task is known there is nothing to add to', async () => {
  const { device } = startOwnDevice();
  await expect(device.own()).rejects.toThrow('not joined yet');
});

test('what the task cannot learn from is refused, and nothing is added', async () => {
  const { device, logged, newest } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  const { inputs, labels } = unusualSamples(2);
  await expect(own.addOwn({ count: 2, inputs, labels: labels.map(() => 9) })).rejects.toThrow(
    'a label must be',
  );
  await expect(own.setDataUse('own')).rejects.toThrow('no samples of your own');
  await expect(own.removeNewestOwn()).rejects.toThrow('no sample of your own');
  await expect(own.trainPersonal()).rejects.toThrow('no samples of your own');
  await expect(own.predict(inputs)).rejects.toThrow('12 values for each of 1 samples, got 24');
  expect(newest().own).toMatchObject({ samples: 0, use: 'demo', personal: { phase: 'failed' } });
  expect(newest().own.isRunResting).toBe(false);
});

test('kept samples and the personal model are there on the next visit; others of the run are not', async () => {
  const store = createMemoryOwnStore();
  const first = startOwnDevice({ store });
  await first.logged('ready');
  const own = await first.device.own();
  await own.addOwn(unusualSamples(20));
  expect(store.batches.size).toBe(0);
  await own.setOwnKept(true);
  await own.addOwn(unusualSamples(10));
  await own.removeNewestOwn();
  await own.setDataUse('own');
  await own.trainPersonal();
  expect([...store.batches.values()].map(({ count }) => count)).toEqual([20, 9]);

  const second = startOwnDevice({ store });
  await vi.waitFor(() => expect(second.newest()?.own.samples).toBe(29));
  expect(second.newest().own).toMatchObject({
    use: 'own',
    isKept: true,
    personal: { phase: 'ready', version: 3 },
  });
  expect(second.newest().own.personal).toEqual(first.newest().own.personal);

  const elsewhere = startOwnDevice({ store });
  elsewhere.server.joinAnswer = () => joinedAs('d1', { run: 'another' });
  await vi.waitFor(() => expect(elsewhere.newest()?.own.samples).toBe(29));
  expect(elsewhere.newest().own.personal.phase).toBe('none');

  await (await second.device.own()).deleteOwn();
  expect(second.newest().own).toMatchObject({
    samples: 0,
    isKept: false,
    use: 'demo',
    personal: { phase: 'none' },
  });
  expect(store).toMatchObject({ choice: null, batches: new Map() });
});

test('no longer kept: storage forgets, the tab does not', async () => {
  const { device, logged, newest, store } = startOwnDevice();
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(6));
  await own.setOwnKept(true);
  await own.setOwnKept(false);
  expect(store).toMatchObject({ choice: null, batches: new Map() });
  expect(newest().own).toMatchObject({ samples: 6, isKept: false });
});

test('where the browser bars storage the person is told, and own samples work as long as the tab', async () => {
  const { device, logged, newest, store } = startOwnDevice();
  store.isBarred = true;
  await logged('ready');
  const own = await device.own();
  await own.addOwn(unusualSamples(6));
  await expect(own.setOwnKept(true)).rejects.toThrow('This browser keeps nothing');
  expect(newest().own).toMatchObject({ samples: 6, isKept: false });
  store.isBarred = false;
  await own.setOwnKept(true);
  expect(newest().own).toMatchObject({ isKept: true, problem: null });
  store.isBarred = true;
  await own.addOwn(unusualSamples(3));
  expect(newest().own).toMatchObject({ samples: 9, isKept: false });
  expect(newest().own.problem).toMatchObject({ name: 'notKept' });
});

test('where the browser’s storage does not answer the person is told at once, until it does', async () => {
  const { device, logged, newest, store } = startOwnDevice();
  store.isSilent = true;
  await logged('ready');
  const own = await device.own();
  expect(newest().own.problem).toMatchObject({ name: 'notKept' });
  await expect(own.setOwnKept(true)).rejects.toMatchObject({ name: 'notKept' });
  store.isSilent = false;
  await own.setOwnKept(true);
  expect(newest().own).toMatchObject({ isKept: true, problem: null });
});
