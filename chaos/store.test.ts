// What the simulation has found in the store, each by itself: power cuts, failed syncs, accepted losses.

import { describe, expect, it } from 'vitest';
import { LOAD_JOIN, loadHeader } from '../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun } from '../server/testing/tinyTask.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import { findStrategy } from '../shared/federation/strategies.ts';
import {
  openDurableCoordinator,
  type DurableCoordinator,
  type UntimedEvent,
} from '../server/store/durableCoordinator.ts';
import { smallRunOptions } from '../server/store/testing/smallRun.ts';
import { createFaultyDisk, FAIR } from './disk/faultyDisk.ts';
import { startProcess, type Process } from './process.ts';
import { createWorld } from './world.ts';

const FOLDER = '/runs/small';
const HELD = TINY_TENSOR_SIZES.map(() => -1);
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
/** What a power cut keeps is chance: so many of them. */
const SEEDS = Array.from({ length: 40 }, (_, k) => k + 1);

const COHORT = tinyRun('small', {
  strategy: findStrategy('fedAvg', { trigger: { kind: 'cohort', size: 2, first: 2, deadlineMs: 0 } }),
});

/** `config`: default: that of the small run. */
function createGround(seed: number, config?: RunConfig) {
  const world = createWorld(seed);
  const disk = createFaultyDisk(world);
  disk.names.found(FOLDER.split('/').slice(1));
  let process: Process | null = null;

  /** Lets time pass until it has come. */
  async function come<T>(promise: Promise<T>): Promise<T> {
    const state = { isSettled: false };
    const settled = promise.finally(() => (state.isSettled = true));
    settled.catch(() => {});
    while (!state.isSettled) await world.runTo(world.nowMs + 10, () => {});
    return settled;
  }

  function open(acceptsLoss = false): Promise<DurableCoordinator> {
    process?.end();
    process = startProcess(world, disk, 1);
    return come(
      openDurableCoordinator({ ...smallRunOptions(FOLDER, config), disk: process.machine.disk, acceptsLoss }),
    );
  }

  async function handle(run: DurableCoordinator, event: UntimedEvent): Promise<void> {
    for (const effect of await come(run.handle(event)))
      if (effect.kind === 'stepped') run.store.metrics.append({ ...effect.record, score: -1, accuracy: -1 });
  }

  return {
    disk,
    open,
    come,
    handle,
    killed: () => process!.end(),
    cutPower() {
      process!.end();
      disk.cutPower();
    },
    async join(run: DurableCoordinator): Promise<void> {
      for (const deviceId of ['a', 'b']) {
        await handle(run, { kind: 'deviceJoined', deviceId, budgetBytes: 4e6, device: LOAD_JOIN.device });
        await handle(run, { kind: 'deviceReady', deviceId, held: HELD });
      }
    },
    /** So many updates; each second one makes a step. */
    async update(run: DurableCoordinator, count: number): Promise<void> {
      for (let k = 0; k < count; k++) {
        const deviceId = k % 2 === 0 ? 'a' : 'b';
        const header = loadHeader(run.coordinator.openAssignment(deviceId), TINY_TENSOR_SIZES.length);
        await handle(run, {
          kind: 'updateReceived',
          deviceId,
          header,
          delta: new Float32Array(NUM_PARAMETERS),
        });
      }
    },
  };
}

describe.each(SEEDS)('after a power cut (seed %i)', (seed) => {
  it('the lines of before a checkpoint are there, their files’ names too', async () => {
    const { open, come, join, update, cutPower } = createGround(seed);
    const run = await open();
    await join(run);
    await update(run, 6);
    await come(run.checkpoint());
    await update(run, 3);
    cutPower();
    const again = await open();
    expect(again.coordinator.numAccepted).toBe(9);
    expect(again.coordinator.version).toBe(4);
  });

  it('all is there that was acknowledged after a sync had failed and the server was started again', async () => {
    const { disk, open, handle, join, update, killed, cutPower } = createGround(seed);
    const run = await open();
    await join(run);
    disk.weather.errorShare = 0.5;
    await expect(update(run, 40)).rejects.toThrow(/EIO/);
    killed();
    Object.assign(disk.weather, FAIR);
    const again = await open();
    const { numAccepted } = again.coordinator;
    await handle(again, { kind: 'deviceJoined', deviceId: 'c', budgetBytes: 4e6, device: LOAD_JOIN.device });
    cutPower();
    expect((await open()).coordinator.numAccepted).toBe(numAccepted);
  });

  it('a loss that was accepted is over', async () => {
    const { disk, open, join, update, killed, cutPower } = createGround(seed);
    const run = await open();
    await join(run);
    await update(run, 9);
    killed();
    const journal = disk.names.files().find(({ path }) => path.includes('/journal/'))!.file;
    // Of the newest update, which has made no step: no line is one too many.
    journal.flipBit(8 * (journal.size - 20));
    await expect(open()).rejects.toMatchObject({ code: 'damaged' });
    const { numAccepted } = (await open(true)).coordinator;
    expect(numAccepted).toBeGreaterThan(0);
    cutPower();
    expect((await open()).coordinator.numAccepted).toBe(numAccepted);
  });

  it('a step that an accepted loss makes has its line', async () => {
    const { disk, open, join, update, killed, cutPower } = createGround(seed, COHORT);
    const run = await open();
    await join(run);
    await update(run, 10);
    killed();
    const journal = disk.names.files().find(({ path }) => path.includes('/journal/'))!.file;
    // Of the newest update: the one before it waits for a cohort that has left.
    journal.flipBit(8 * (journal.size - 20));
    const { numAccepted, version } = (await open(true)).coordinator;
    expect([numAccepted, version]).toEqual([9, 5]);
    cutPower();
    const again = await open();
    expect([again.coordinator.numAccepted, again.coordinator.version]).toEqual([9, 5]);
  });
});
