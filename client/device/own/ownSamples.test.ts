import { expect, test } from 'vitest';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { decodeShard } from '../../../shared/contract/shardCodec.ts';
import { findTask } from '../../../shared/tasks/tasks.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import type { OwnSamples } from '../ownData.ts';
import {
  addBatch,
  checkOwnSamples,
  joinShards,
  ownSetOf,
  removeNewest,
  type OwnBatch,
} from './ownSamples.ts';

/** Samples of these classes; each is filled with its place in the whole. */
function batchOf(id: number, first: number, ...labels: number[]): OwnBatch {
  const inputs = Uint8Array.from({ length: labels.length * 12 }, (_, i) => first + Math.floor(i / 12));
  return { id, count: labels.length, inputs, labels: Uint8Array.from(labels) };
}
const placesOf = (inputs: ArrayLike<number>) => Array.from(inputs).filter((_, i) => i % 12 === 0);

test('the fifth, tenth and so on of each class are held out, however they were added', () => {
  const labels = [0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1];
  const whole = ownSetOf(SMALL_TASK, [batchOf(1, 0, ...labels)]);
  const parts = ownSetOf(
    SMALL_TASK,
    labels.map((label, i) => batchOf(i, i, label)),
  );
  for (const { training, heldOut, perClass } of [whole, parts]) {
    expect(perClass).toEqual([10, 5, 1]);
    expect(placesOf(heldOut!.inputs)).toEqual([6, 12, 15]);
    expect([...heldOut!.labels]).toEqual([0, 0, 1]);
    expect(placesOf(training!.inputs)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14]);
    expect([...training!.labels]).toEqual(placesOf(training!.inputs).map((place) => labels[place]));
  }
});

test('taking back the newest changes nothing of the others, down to none', () => {
  let batches: OwnBatch[] = [batchOf(1, 0, 0, 0, 0, 0, 0), batchOf(2, 5, 1)];
  batches = removeNewest(batches);
  expect(ownSetOf(SMALL_TASK, batches).perClass).toEqual([5, 0, 0]);
  expect(ownSetOf(SMALL_TASK, batches).heldOut!.samples).toBe(1);
  batches = removeNewest(batches);
  expect(batches).toMatchObject([{ id: 1, count: 4 }]);
  expect(placesOf(ownSetOf(SMALL_TASK, batches).training!.inputs)).toEqual([0, 1, 2, 3]);
  for (let i = 0; i < 5; i++) batches = removeNewest(batches);
  expect(ownSetOf(SMALL_TASK, batches)).toMatchObject({ perClass: [0, 0, 0], training: null, heldOut: null });
});

test('two shards together are the one and then the other', () => {
  const { training } = ownSetOf(SMALL_TASK, [batchOf(1, 7, 2)]);
  const demo = ownSetOf(SMALL_TASK, [batchOf(1, 0, 0, 1)]).training!;
  const both = joinShards(demo, training!);
  expect(both).toMatchObject({ samples: 3, sampleSize: 12 });
  expect(placesOf(both.inputs)).toEqual([0, 1, 7]);
  expect([...both.labels]).toEqual([0, 1, 2]);
});

test('where one output tells two classes, the class is the target', () => {
  const { model } = SMALL_TASK;
  const layers = model.layers.map((layer) => (layer.name === 'head' ? { ...layer, units: 1 } : layer));
  const bit: TaskInfo = {
    ...SMALL_TASK,
    classes: ['good', 'worn'],
    model: { ...model, layers: layers as ModelSpec['layers'], loss: 'binaryCrossEntropy' },
  };
  checkOwnSamples(bit, batchOf(1, 0, 0, 1));
  expect(() => checkOwnSamples(bit, batchOf(1, 0, 2))).toThrow('one of 2 classes, got 2');
  const { training, heldOut, perClass } = ownSetOf(bit, [batchOf(1, 0, 1, 0, 1, 1, 1, 1, 0)]);
  expect(perClass).toEqual([2, 5]);
  expect([...training!.targets!]).toEqual([1, 0, 1, 1, 1, 0]);
  expect([...heldOut!.targets!]).toEqual([1]);
  // As a demo shard of the task comes.
  const demo = decodeShard(
    new Uint8Array([...new Uint8Array(24), ...new Uint8Array(Float32Array.of(0, 1).buffer)]).buffer,
    2,
    bit,
  );
  expect(Object.keys(training!)).toEqual(Object.keys(demo));
  expect([...joinShards(demo, heldOut!).targets!]).toEqual([0, 1, 1]);
  const bits = { ...bit, model: { ...bit.model, layers: model.layers } };
  expect(() => checkOwnSamples(bits, batchOf(1, 0, 1))).toThrow('tell classes apart');
});

test('samples that the task cannot learn from are refused by what is wrong with them', () => {
  const good: OwnSamples = batchOf(1, 0, 0, 2);
  checkOwnSamples(SMALL_TASK, good);
  const wrong: [change: object, message: string][] = [
    [{ count: 0 }, 'count must be an integer >= 1, got 0'],
    [{ count: 1.5 }, 'count must be an integer >= 1, got 1.5'],
    [{ inputs: new Float32Array(24) }, 'inputs must be a Uint8Array for this task'],
    [{ inputs: [1, 2] }, 'inputs must be a Uint8Array for this task'],
    [{ inputs: new Uint8Array(23) }, 'inputs must hold 12 values for each of 2 samples, got 23'],
    [{ labels: new Uint8Array(1) }, 'labels must hold one class for each of 2 samples, got 1'],
    [{ labels: [0, 2] }, 'labels must be a Uint8Array'],
    [{ labels: Uint8Array.of(0, 3) }, 'a label must be the index of one of 3 classes, got 3'],
  ];
  for (const [change, message] of wrong)
    expect(() => checkOwnSamples(SMALL_TASK, { ...good, ...change })).toThrow(message);

  const har = findTask('har');
  const windows = new Float32Array(har.model.input.reduce((a, b) => a * b));
  checkOwnSamples(har, { count: 1, inputs: windows, labels: Uint8Array.of(5) });
  windows[3] = NaN;
  expect(() => checkOwnSamples(har, { count: 1, inputs: windows, labels: Uint8Array.of(5) })).toThrow(
    'inputs must be finite numbers',
  );
  const regression = {
    ...SMALL_TASK,
    classes: [],
    model: { ...SMALL_TASK.model, loss: 'meanSquaredError' } as const,
  };
  expect(() => checkOwnSamples(regression, good)).toThrow(
    'own samples are for tasks that tell classes apart',
  );
});

test('a tab does not take more than it should hold', () => {
  const huge = { ...batchOf(1, 0, 0), inputs: new Uint8Array(40 * 1024 * 1024) };
  const batches = addBatch([], huge);
  expect(() => addBatch(batches, { ...huge, id: 2 })).toThrow('at most 64 MiB');
});
