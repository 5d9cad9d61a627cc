// What a live run tells before its events are on the disk.

import { expect, it } from 'vitest';
import { tinyRun, TINY_TASK, TINY_TENSOR_SIZES } from '../server/testing/tinyTask.ts';
import { LOAD_JOIN, loadHeader } from '../server/testing/loadDevice.ts';
import { openLiveRun } from '../server/run/liveRun.ts';
import { findStrategy } from '../shared/federation/strategies.ts';
import { createSelector } from '../shared/selection/createSelector.ts';
import { createFaultyDisk } from './disk/faultyDisk.ts';
import { startProcess } from './process.ts';
import { createWorld } from './world.ts';

const FOLDER = '/runs/told';
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);

it('a version is told when its step is on the disk, not before: after a kill it would be gone', async () => {
  const world = createWorld(1);
  const disk = createFaultyDisk(world);
  disk.names.found(FOLDER.split('/').slice(1));
  const nothing = { count: 1, inputs: new Uint8Array(4), labels: new Uint8Array(1), groups: null };
  const opening = openLiveRun({
    config: tinyRun('told', {
      strategy: findStrategy('fedBuff', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
      encoding: { up: { kind: 'float32' }, down: 'float32' },
    }),
    folder: FOLDER,
    task: TINY_TASK,
    test: nothing,
    shards: [nothing],
    selectScheme: createSelector(TINY_TASK.model, { batch: TINY_TASK.localWork.batch }),
    evaluateEveryMs: 1000,
    checkpointEverySteps: 100,
    limits: { targetScore: 0, maxVersions: 0 },
    machine: startProcess(world, disk, 1).machine,
    openEvaluator: () => ({
      offer() {},
      finish: () => Promise.resolve(),
      setExamining() {},
      close: () => Promise.resolve(),
    }),
    onFailure(error) {
      throw error;
    },
  });
  const pass = (): Promise<void> => world.runTo(world.nowMs + 100, () => {});
  await pass();
  const run = await opening;
  const deviceId = 'a';
  void run.submit({ kind: 'deviceJoined', deviceId, budgetBytes: 4e6, device: LOAD_JOIN.device });
  void run.submit({ kind: 'deviceReady', deviceId, held: TINY_TENSOR_SIZES.map(() => -1) });
  await pass();
  const before = run.parameters;
  const header = loadHeader(run.openAssignment(deviceId), TINY_TENSOR_SIZES.length);
  void run.submit({
    kind: 'updateReceived',
    deviceId,
    header,
    delta: new Float32Array(NUM_PARAMETERS).fill(0.01),
  });
  expect(run.federation().version).toBe(1);
  expect([run.version, run.parameters]).toEqual([0, before]);
  await pass();
  expect(run.version).toBe(1);
  expect(run.parameters).not.toEqual(before);
});
