import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../shared/random.ts';
import { isReached } from '../../../shared/tasks/metric.ts';
import { DataError } from '../dataError.ts';
import { createTaskGround, csvData, MODEL, TASK } from '../testing/taskGround.ts';
import { trainFederated } from '../testing/trainFederated.ts';
import { openOwnTask } from './openOwnTask.ts';

const { path, write, open } = createTaskGround();

describe('a task on CSV data', () => {
  test('holds a share out, the same each time, and loses no row', async () => {
    const data = csvData({ inputs: ['x', 'y'] });
    const { task, data: sets } = await open({ ...TASK, data });
    expect([sets.train.count, sets.test.count]).toEqual([6, 2]);
    const rows = [...sets.train.inputs, ...sets.test.inputs].filter((_, i) => i % 2 === 0);
    expect(rows.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const again = await open({ ...TASK, data });
    expect(again.data).toEqual(sets);
    expect(task).toMatchObject({
      id: 'mine',
      title: 'mine',
      inputs: 'float32',
      classes: ['a', 'b', 'c'],
      localWork: { batch: 16 },
      dealing: { dealing: { kind: 'iid' }, numShards: 6, samplesPerShard: 0 },
    });
  });

  test('holds clients out, deals the others by name, and takes all other columns as inputs', async () => {
    const data = csvData({ client: 'who', test: { clients: ['bob', 'dee'] } });
    const { task, data: sets } = await open({ ...TASK, data });
    expect([...sets.train.inputs]).toEqual([1, 10, 2, 20, 5, 50, 6, 60]);
    expect([...sets.train.labels]).toEqual([0, 1, 1, 2]);
    expect([...sets.test.labels]).toEqual([2, 0, 0, 1]);
    expect([...sets.train.groups!]).toEqual([0, 0, 1, 1]);
    expect(task.dealing).toEqual({ dealing: { kind: 'natural' }, numShards: 2, samplesPerShard: 0 });
  });

  test('standardises by the training rows alone', async () => {
    write('test.csv', 'x,y,kind,who\n10,10,a,eve\n');
    const data = csvData({ inputs: ['x', 'y'], test: 'test.csv' });
    const { task, data: sets } = await open({ ...TASK, data, scaling: { kind: 'standardise' } });
    // Of x = 1 ... 8: mean 4.5, deviation sqrt(5.25).
    expect(sets.train.inputs[0]).toBeCloseTo((1 - 4.5) / Math.sqrt(5.25), 6);
    // A device reads rows of its own by the same figures.
    expect(task.table).toMatchObject({ columns: [{ name: 'x' }, { name: 'y' }], label: 'kind' });
    for (const [i, raw] of [10, 10].entries()) {
      const { scale, offset } = task.table!.columns[i]!;
      expect(raw * scale + offset).toBeCloseTo(sets.test.inputs[i]!, 6);
    }
    expect(sets.train.inputs[1]).toBeCloseTo((1 - 4.5) / Math.sqrt(5.25), 6);
    expect(sets.test.inputs[0]).toBeCloseTo((10 - 4.5) / Math.sqrt(5.25), 6);
  });

  test('scales each column by a number of its own', async () => {
    const scaling = { kind: 'linear', scale: [2, 0.1], offset: [1, 0] };
    const { data: sets } = await open({
      ...TASK,
      data: csvData({ inputs: ['x', 'y'], client: 'who', test: { clients: ['dee'] } }),
      scaling,
    });
    expect([...sets.train.inputs.subarray(0, 4)].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([
      3, 1, 5, 2,
    ]);
  });

  test('makes the labels of a single bit its targets', async () => {
    write('train.csv', 'x,share,ok\n1,0.4,no\n2,0.9,yes\n3,0.6,yes\n4,0,no\n');
    const model = {
      input: [1],
      layers: [{ kind: 'dense', name: 'head', units: 1 }],
      loss: 'binaryCrossEntropy',
    };
    const data = { format: 'csv', train: 'train.csv', test: 'train.csv', inputs: ['x'], label: 'ok' };
    const bit = { ...TASK, model, data, classes: ['no', 'yes'], metric: 'auc' };
    const { task, data: sets } = await open(bit);
    expect([...sets.train.targets!]).toEqual([0, 1, 1, 0]);
    expect([...sets.train.labels]).toEqual([0, 1, 1, 0]);
    expect(task.table!.label).toBe('ok');
    // Beside targets the label is not what is learnt, so no row of one's own can be made with it.
    const soft = await open({ ...bit, data: { ...data, targets: ['share'] } });
    expect([...soft.data.train.targets!]).toEqual([...Float32Array.of(0.4, 0.9, 0.6, 0)]);
    expect(soft.task.table!.label).toBe('');
  });
});

const OK = csvData({ inputs: ['x', 'y'] });
test.each<[string, object, string]>([
  ['a field of another type', { floor: 'high' }, 'task.json: floor: expected number, got "high"'],
  ['a field that is not there', { metric: undefined }, 'task.json: metric: expected this field, got nothing'],
  ['a field that there is not', { epochs: 3 }, 'task.json: epochs: there is no such field'],
  [
    'an unknown metric',
    { metric: 'f1' },
    'task.json: metric: expected "accuracy" or "recall" or "auc" or "mse", got "f1"',
  ],
  [
    'an unknown layer',
    { model: { ...MODEL, layers: [{ kind: 'lstm', name: 'x' }] } },
    'model.layers.0.kind: expected "dense" or',
  ],
  [
    'a bad number in a layer',
    { model: { ...MODEL, layers: [{ kind: 'dense', name: 'x', units: 1.5 }] } },
    'model.layers.0.units: expected an integer >= 1, got 1.5',
  ],
  [
    'layers that do not fit',
    {
      model: {
        ...MODEL,
        layers: [{ kind: 'conv2d', name: 'c', filters: 2, kernel: [3, 3], stride: 1, padding: 'same' }],
      },
    },
    'task.json: model: layer "c"',
  ],
  ['an unknown model', { model: 'gpt' }, 'task.json: model: model must be one of'],
  ['a known task’s id', { id: 'har' }, 'task.json: id: expected one that no task of Minnow has, got "har"'],
  [
    'another number of classes',
    { classes: ['a', 'b', 'c', 'd'] },
    'classes: expected 3 for a model of 3 outputs, got 4',
  ],
  [
    'a metric that the loss has not',
    { metric: 'mse' },
    'metric: expected accuracy or recall or auc for the loss softmaxCrossEntropy, got "mse"',
  ],
  [
    'inputs of another number',
    { data: csvData({ inputs: ['x'] }) },
    "train.csv: expected 2 inputs a sample for the model's input [2]",
  ],
  [
    'a column that is not there',
    { data: csvData({ inputs: ['x', 'z'] }) },
    'train.csv line 1: expected a column "z", got x, y, kind, who',
  ],
  [
    'a column of texts',
    { data: csvData({ inputs: ['x', 'who'] }) },
    'train.csv line 2, column "who": expected a decimal number, got "ann"',
  ],
  [
    'a class that is not named',
    { classes: ['a', 'b', 'd'], data: OK },
    'train.csv line 4, column "kind": expected a class (a, b, d), got "c"',
  ],
  [
    'no labels',
    { data: { ...OK, label: undefined } },
    'data: expected labels for the loss softmaxCrossEntropy, got none',
  ],
  [
    'no clients to hold out',
    { data: { ...OK, test: { clients: ['ann'] } } },
    'data.test.clients: expected data that name their clients, got none',
  ],
  [
    'an unknown client',
    { data: { ...OK, client: 'who', test: { clients: ['zoe'] } } },
    'got "zoe", which has no samples',
  ],
  [
    'all clients held out',
    { data: { ...OK, client: 'who', test: { clients: ['ann', 'bob', 'cem', 'dee'] } } },
    'expected some of the 4 clients, got all of them',
  ],
  [
    'a share that leaves nothing',
    { data: { ...OK, test: { share: 0.01 } } },
    'data.test.share: expected a share that leaves samples on both sides',
  ],
  [
    'a file that is not there',
    { data: { ...OK, train: 'none.csv' } },
    'none.csv: expected a file that can be read, got ENOENT',
  ],
  [
    'dealing by clients that there are not',
    { data: OK, deal: { how: 'natural' } },
    'deal.how: natural needs clients',
  ],
  [
    'dealing of an unknown kind',
    { data: OK, deal: { how: 'fair' } },
    'deal.how: dealing must be iid, natural or dirichlet:ALPHA',
  ],
  [
    'scales for other channels',
    { data: OK, scaling: { kind: 'linear', scale: [1, 2, 3], offset: 0 } },
    'scaling.scale: expected one number or 2, one for each channel, got 3',
  ],
  [
    'a class that no test sample has',
    { data: { ...OK, client: 'who', test: { clients: ['ann'] } }, metric: 'recall' },
    'expected test samples of every class for the metric recall, got none of "c"',
  ],
])('refuses %s by name', async (_, change, message) => {
  const failed = open(JSON.parse(JSON.stringify({ ...TASK, data: OK, ...change })) as object);
  await expect(failed).rejects.toBeInstanceOf(DataError);
  await expect(failed).rejects.toThrow(message);
});

test('refuses a file that is no JSON, or not there', async () => {
  write('task.json', '{ "id": ');
  await expect(openOwnTask(path('task.json'))).rejects.toThrow(/task\.json: expected JSON, got/);
  await expect(openOwnTask(path('no.json'))).rejects.toThrow(
    /no\.json: expected a task file that can be read, got ENOENT/,
  );
});

test('reads IDX arrays as bytes, scaled by the device', async () => {
  write('images', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 255));
  write('labels', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 2, 0));
  const part = { inputs: 'images', labels: 'labels' };
  const idx = { ...TASK, data: { format: 'idx', train: part, test: part } };
  const { task, data } = await open(idx);
  expect(task).toMatchObject({ inputs: 'uint8', scale: 1 / 255, offset: 0 });
  expect(data.train).toMatchObject({ inputs: Uint8Array.of(9, 8, 7, 255), labels: Uint8Array.of(2, 0) });
  write('labels', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 2, 3));
  await expect(open(idx)).rejects.toThrow(/labels index 1: expected a label from 0 to 2, got 3/);
  write('labels', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 2));
  await expect(open(idx)).rejects.toThrow(/labels: expected shape \[2\], one for each sample, got \[1\]/);
});

function npy(values: Float32Array, shape: string): Buffer {
  const header = Buffer.from(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`);
  const start = Buffer.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  return Buffer.concat([start, header, Buffer.from(values.buffer)]);
}

test('refuses numbers in NPY files that are not finite', async () => {
  write('x.npy', npy(Float32Array.of(1, 2, Number.NaN, 4), '(2, 2)'));
  const part = { inputs: 'x.npy', labels: 'x.npy' };
  const failed = open({ ...TASK, data: { format: 'npy', train: part, test: part } });
  await expect(failed).rejects.toThrow(/x\.npy index 1: expected finite numbers, got NaN/);
});

const dense = (name: string, units: number) => ({ kind: 'dense', name, units });

describe('trained by a federation, through the wire', () => {
  test('a regression from CSV columns gets under its floor', async () => {
    const random = createRandom(3);
    const rows = Array.from({ length: 600 }, () => {
      const [x, y] = [random.normal(), random.normal()];
      return `${x},${y},${Math.abs(x) - 0.5 * y + 0.05 * random.normal()}`;
    });
    write('train.csv', `x,y,z\n${rows.join('\n')}\n`);
    const opened = await open({
      ...TASK,
      model: {
        input: [2],
        layers: [dense('hidden', 16), { kind: 'relu', name: 'relu' }, dense('head', 1)],
        loss: 'meanSquaredError',
      },
      data: { format: 'csv', train: 'train.csv', test: { share: 0.2 }, targets: ['z'] },
      classes: undefined,
      metric: 'mse',
      floor: 0.05,
      target: 0.02,
      localWork: { epochs: 2, learningRate: 0.05 },
    });
    // The variance of z is about 0.61: that of a model that has learnt nothing but the mean.
    const untrained = await trainFederated({ opened, seed: 1, budgetBytes: 1 << 20, numUpdates: 0 });
    expect(untrained.score).toBeGreaterThan(0.5);
    const { score, accuracy } = await trainFederated({
      opened,
      seed: 1,
      budgetBytes: 1 << 20,
      numUpdates: 150,
    });
    expect(isReached('mse', score, opened.task.floor)).toBe(true);
    expect(accuracy).toBe(-1);
  });

  test('an autoencoder of NPY samples, whose targets are its inputs, gets under its floor', async () => {
    const random = createRandom(4);
    // Twelve values that follow from three.
    const mix = Array.from({ length: 36 }, () => random.normal() / 2);
    const values = Float32Array.from({ length: 800 * 12 }, () => 0);
    for (let n = 0; n < 800; n++) {
      const hidden = [random.normal(), random.normal(), random.normal()];
      for (let k = 0; k < 12; k++)
        values[12 * n + k] = hidden.reduce((sum, h, j) => sum + h * mix[3 * k + j]!, 0);
    }
    write('x.npy', npy(values, '(800, 12)'));
    const opened = await open({
      id: 'mine',
      model: { input: [12], layers: [dense('code', 3), dense('head', 12)], loss: 'meanSquaredError' },
      data: { format: 'npy', train: { inputs: 'x.npy' }, test: { share: 0.2 }, targets: 'inputs' },
      scaling: { kind: 'standardise' },
      metric: 'mse',
      floor: 0.05,
      target: 0.01,
      localWork: { epochs: 2, learningRate: 0.2 },
    });
    expect(opened.data.train.targets).toEqual(opened.data.train.inputs);
    // Standardised: without training the mean squared error is 1 or more.
    const { score } = await trainFederated({ opened, seed: 1, budgetBytes: 1 << 20, numUpdates: 200 });
    expect(isReached('mse', score, opened.task.floor)).toBe(true);
  });
});
