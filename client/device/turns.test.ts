// The order of a device's messages, with the real engine and a scripted server. Real sockets: the end-to-end tests.

import { expect, test, vi } from 'vitest';
import { parametersOf } from '../../shared/engine/model.ts';
import { layerScheme, ratioScheme, trainedSlices } from '../../shared/engine/scheme.ts';
import { encodeBlocks } from '../../shared/contract/codec.ts';
import { encodeBlock, formOfBlock } from '../../shared/contract/blockForm.ts';
import { spreadDelta, type Delta } from '../../shared/contract/delta.ts';
import { decodeDelta } from '../../shared/contract/deltaCodec.ts';
import type { Assignment } from '../../shared/contract/messages.ts';
import { SMALL_TASK } from '../../shared/localWork/testing/smallTask.ts';
import { createMemoryStore, wholeBlock } from './testing/blocks.ts';
import { joinedAs } from './testing/scriptedServer.ts';
import { ALL, assignment, FULL, HEAD, PARAMETERS, start } from './testing/startOnSmallTask.ts';

const { model } = SMALL_TASK;

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

test('another budget gives up the work at hand and asks for new work', async () => {
  const { server, device, logged } = start();
  await logged('ready');
  await server.assign(...assignment('a1', FULL, ALL));
  await device.setBudget(524_288);
  expect(server.log).toEqual(['join', 'shard', 'ready', 'budget 524288', 'ready']);
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
