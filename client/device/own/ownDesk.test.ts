// The person's own samples on a device with the real engine and a scripted server and storage.

import { expect, test, vi } from 'vitest';
import { fullScheme, layerScheme } from '../../../shared/engine/scheme.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import { startOwnDevice, unusualSamples, wholeAssignment } from '../testing/ownDevice.ts';

const { model } = SMALL_TASK;
const FULL = fullScheme(model);
const HEAD = layerScheme(model, ['head']);
/** Of the demo shard. */
const DEMO = 20;

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
  expect(personal).toMatchObject({ phase: 'ready', version: 3, trains: 'head', problem: '' });
  expect(personal.personalAccuracy).toBeGreaterThan(personal.globalAccuracy + 0.3);
  expect(newest().own.isRunResting).toBe(false);
  expect(arenas.bytes).toBe(0);
  await logged('ready', 2);
  await server.assign(...wholeAssignment('a2', FULL));
  await logged('update a2');

  const input = unusualSamples(1).inputs;
  const prediction = await own.predict(input);
  expect(prediction.version).toBe(3);
  for (const probabilities of [prediction.global, prediction.personal!]) {
    expect(probabilities).toHaveLength(3);
    expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
  }
  expect(prediction.personal![0]).toBeGreaterThan(prediction.global[0]!);
  await own.stopPredicting();
  await vi.waitFor(() => expect(newest().own.deviceBytes).toBe(0));
});
