// Crash and restart of a run without a server: the journal is cut at any byte, and the state must be that of a prefix.

import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { createRandom, type Random } from '../../shared/random.ts';
import { createCoordinator, restoreCoordinator } from '../../shared/federation/coordinator.ts';
import { loadHeader, LOAD_JOIN } from '../testing/loadDevice.ts';
import { TINY_TASK, TINY_TENSOR_SIZES, tinyRun } from '../testing/tinyTask.ts';
import { createSelector } from '../../shared/selection/createSelector.ts';
import { openDurableCoordinator, type DurableCoordinator, type UntimedEvent } from './durableCoordinator.ts';

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const CONFIG = tinyRun('crash');
const DEPS = {
  config: CONFIG,
  model: TINY_TASK.model,
  selectScheme: createSelector(TINY_TASK.model, { batch: CONFIG.localWork.batch }),
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The clock goes on by one millisecond each time it is read. */
function openAt(path: string): Promise<DurableCoordinator> {
  let nowMs = 0;
  return openDurableCoordinator({
    folder: path,
    clock: () => nowMs++,
    create: () => createCoordinator({ ...DEPS, parameters: initialParameters(TINY_TASK.model, CONFIG.seed) }),
    restore: (snapshot) => restoreCoordinator(snapshot, DEPS),
  });
}

/** Some event that a device of three may cause now; updates mostly fit an open assignment. */
function someEvent(run: DurableCoordinator, random: Random): UntimedEvent {
  const deviceId = `d${random.integer(3)}`;
  switch (random.integer(8)) {
    case 0:
      return { kind: 'deviceJoined', deviceId, budgetBytes: 4_000_000, device: LOAD_JOIN.device };
    case 1:
      return { kind: 'deviceLost', deviceId };
    case 2:
      return random.integer(4) === 0 ? { kind: 'deviceLeft', deviceId } : { kind: 'clockAdvanced' };
    case 3:
    case 4:
      return { kind: 'deviceReady', deviceId, held: TINY_TENSOR_SIZES.map(() => -1) };
    default: {
      const assignmentId = run.coordinator.openAssignment(deviceId) || 'none';
      const delta = Float32Array.from({ length: NUM_PARAMETERS }, () => random.normal() * 0.01);
      return { kind: 'updateReceived', deviceId, header: loadHeader(assignmentId, NUM_TENSORS), delta };
    }
  }
}

/** All that a restart must find again. */
const stateOf = (run: DurableCoordinator) =>
  structuredClone({ snapshot: run.coordinator.snapshot(), ledger: run.ledger });

const journalBytes = (path: string) =>
  readdirSync(join(path, 'journal')).reduce(
    (sum, name) => sum + readFileSync(join(path, 'journal', name)).length,
    0,
  );

const metricLines = (path: string) =>
  readFileSync(join(path, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { version: number });

/** What a run does with the effects of an event once it is durable. */
async function handleAndLog(run: DurableCoordinator, event: UntimedEvent): Promise<void> {
  for (const effect of await run.handle(event)) {
    if (effect.kind === 'stepped') run.store.metrics.append({ ...effect.record, score: -1, accuracy: -1 });
  }
}

/** Opening adds an entry of its own and reports devices lost; cut off, the state is that before it. */
async function reopenAndCompare(path: string, states: readonly unknown[], atLeast: number): Promise<void> {
  const copy = `${path}-restored`;
  cpSync(path, copy, { recursive: true });
  const restored = await readRestored(copy);
  const index = states.findIndex((state) => JSON.stringify(state) === JSON.stringify(restored));
  expect(index).toBeGreaterThanOrEqual(atLeast);
  expect(restored).toEqual(states[index]);
  const run = await openAt(copy);
  const versions = metricLines(copy).map(({ version }) => version);
  expect(versions).toEqual(Array.from({ length: run.coordinator.version }, (_, k) => k + 1));
  await run.close();
  rmSync(copy, { recursive: true });
}

/** The state right after replay, before the opening's own entries. */
async function readRestored(path: string): Promise<unknown> {
  let first: unknown;
  const copy = `${path}-peek`;
  cpSync(path, copy, { recursive: true });
  const run = await openDurableCoordinator({
    folder: copy,
    clock: () => 0,
    create: () => createCoordinator({ ...DEPS, parameters: initialParameters(TINY_TASK.model, CONFIG.seed) }),
    restore: (snapshot) => restoreCoordinator(snapshot, DEPS),
    onRestored: (state) => (first = structuredClone(state)),
  });
  await run.close();
  rmSync(copy, { recursive: true });
  return first;
}

describe('a durable run', () => {
  it('stopped at any byte of its journal, goes on from a state that holds everything acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 0, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (seed, numEvents, cut) => {
          const path = join(folder, `run-${seed}`);
          rmSync(path, { recursive: true, force: true });
          const random = createRandom(seed);
          const run = await openAt(path);
          const states: unknown[] = [stateOf(run)];
          const checkpointAt = random.integer(numEvents + 1);
          for (let k = 0; k < numEvents; k++) {
            const handled = handleAndLog(run, someEvent(run, random));
            states.push(stateOf(run));
            await handled;
            if (k === checkpointAt) await run.checkpoint();
          }
          // Everything so far is acknowledged; what follows is not yet when the power goes.
          const acknowledged = states.length - 1;
          const journal = join(path, 'journal');
          const last = join(journal, readdirSync(journal).sort().at(-1)!);
          const durableBytes = readFileSync(last).length;
          const told = readFileSync(join(path, 'acknowledged'));
          const unacknowledged = [0, 1, 2].map(() => {
            const handled = run.handle(someEvent(run, random));
            states.push(stateOf(run));
            return handled;
          });
          await Promise.all(unacknowledged);
          await run.close();
          const written = readFileSync(last).length;
          truncateSync(last, durableBytes + Math.floor(cut * (written - durableBytes)));
          writeFileSync(join(path, 'acknowledged'), told);
          await reopenAndCompare(path, states, acknowledged);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);

  it('is the very same run after any number of restarts, but for the devices being lost', async () => {
    const random = createRandom(11);
    let run = await openAt(folder);
    for (let restart = 0; restart < 5; restart++) {
      for (let k = 0; k < 30; k++) await handleAndLog(run, someEvent(run, random));
      const before = stateOf(run);
      await run.close();
      expect(await readRestored(folder)).toEqual(before);
      run = await openAt(folder);
      expect(run.ledger.starts).toBe(restart + 2);
      expect(run.coordinator.connectedDevices()).toEqual([]);
      if (restart % 2 === 1) await run.checkpoint();
    }
    expect(run.coordinator.version).toBeGreaterThan(3);
    expect(metricLines(folder).map(({ version }) => version)).toEqual(
      Array.from({ length: run.coordinator.version }, (_, k) => k + 1),
    );
    await run.close();
  });

  it('keeps of refused and of repeated updates their headers alone, and replays them to the same state', async () => {
    const run = await openAt(folder);
    await run.handle({
      kind: 'deviceJoined',
      deviceId: 'd0',
      budgetBytes: 4_000_000,
      device: LOAD_JOIN.device,
    });
    const ready = () =>
      run.handle({ kind: 'deviceReady', deviceId: 'd0', held: TINY_TENSOR_SIZES.map(() => -1) });
    const send = (assignmentId: string, delta: Float32Array) =>
      run.handle({
        kind: 'updateReceived',
        deviceId: 'd0',
        header: loadHeader(assignmentId, NUM_TENSORS),
        delta,
      });
    await ready();
    const taken = run.coordinator.openAssignment('d0');
    await send(taken, new Float32Array(NUM_PARAMETERS));
    const before = journalBytes(folder);
    const sent = 3 * 3;
    for (let k = 0; k < sent; k += 3) {
      await send('none', new Float32Array(100_000));
      await send(taken, new Float32Array(100_000));
      await ready();
      await send(run.coordinator.openAssignment('d0'), new Float32Array(100_000));
    }
    expect(run.coordinator.status()).toMatchObject({ accepted: 1, duplicates: 3 });
    expect(run.coordinator.status().refusals).toEqual({ unknownAssignment: 3, wrongLength: 3 });
    expect(journalBytes(folder) - before).toBeLessThan(sent * 1000);
    const state = stateOf(run);
    expect(run.ledger.devices.get('d0')!.bytesUp).toBe(4 * NUM_PARAMETERS + sent * 400_000);
    await run.close();
    expect(await readRestored(folder)).toEqual(state);
  });

  it('writes the lines of steps that a crash kept out of metrics.jsonl, and none twice', async () => {
    const random = createRandom(5);
    const run = await openAt(folder);
    while (run.coordinator.version < 4) await handleAndLog(run, someEvent(run, random));
    await run.close();
    const path = join(folder, 'metrics.jsonl');
    const text = readFileSync(path, 'utf8');
    truncateSync(path, text.indexOf('\n', text.indexOf('\n') + 1) - 5);
    expect(() => metricLines(folder)).toThrow(SyntaxError);
    await (await openAt(folder)).close();
    expect(metricLines(folder).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  });

  it('lets its time stand still while no server is up', async () => {
    const first = await openAt(folder);
    await first.handle({ kind: 'clockAdvanced' });
    const lastMs = first.ledger.atMs;
    await first.close();
    const second = await openAt(folder);
    expect(second.ledger.atMs - lastMs).toBeLessThan(10);
    expect(second.nowMs()).toBeGreaterThanOrEqual(lastMs);
    await second.close();
  });

  it('refuses to be open twice', async () => {
    const run = await openAt(folder);
    await expect(openAt(folder)).rejects.toMatchObject({ code: 'locked' });
    await run.close();
    await (await openAt(folder)).close();
  });
});
