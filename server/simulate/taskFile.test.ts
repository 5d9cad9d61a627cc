import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { createTaskOpener } from '../data/openTask.ts';
import { trainFederated } from '../data/testing/trainFederated.ts';
import { smallTfjsModel, writeModelFile } from '../data/testing/writeModelFile.ts';
import { writeTaskFile, type OwnTaskOptions } from '../data/testing/writeTaskFile.ts';
import { openSimulation } from './openSimulation.ts';
import { createComputePool } from './pool/computePool.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';

const PHONE = {
  name: 'phone',
  share: 1,
  budgetBytes: 1_000_000,
  flopsPerSecond: 1e6,
  network: { latencyMs: 10, downKBps: 1000, upKBps: 500 },
};
const LEAST = { devices: 5, seed: 1, world: { classes: [PHONE] }, stop: { updates: 20 } };

const pool = createComputePool(1);
afterAll(() => pool.close());
vi.setConfig({ testTimeout: 60_000 });

function taskIn(options: OwnTaskOptions = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-task-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return writeTaskFile(folder, options);
}

function run(task: string, changes: Partial<SimulationInput> = {}) {
  return simulate({ ...LEAST, task, ...changes }, { pool });
}

test('a task file is simulated as a task that is known is, and deals as it says', async () => {
  const task = taskIn();
  const result = await run(task, { evaluateEverySeconds: 0.25 });
  expect(result).toMatchObject({ task: 'ring', stoppedBy: 'updates', updates: 20, target: 0.7 });
  expect(result.finalAccuracy).toBeGreaterThan(0.5);
  expect(result.curve.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  const { config } = await openSimulation({ ...LEAST, task }, createTaskOpener(''));
  // 48 rows of six people are to train on: of as few a fifth is held back, one person.
  expect(config).toMatchObject({ deal: 'natural', validationSamples: 9, samplesPerDevice: 40 });
  expect(config.localWork).toEqual({});
});

test('a task whose model is a file starts from its weights', async () => {
  const task = taskIn({ changes: { model: 'model.json' } });
  await writeModelFile(join(dirname(task), 'model.json'), smallTfjsModel(3));
  const opened = await createTaskOpener('')(task, 0);
  const start = await trainFederated({ opened, seed: 1, budgetBytes: 1 << 20, numUpdates: 0 });
  const still = { localWork: { learningRate: 1e-9 }, searchSeconds: 0.1 };
  const { finalScore, finalLoss } = await run(task, still);
  expect(finalScore).toBe(start.score);
  expect(finalLoss).toBeCloseTo(start.loss, 6);
  const learning = await run(task, { localWork: { learningRate: 0.1 } });
  expect(learning.finalLoss).toBeLessThan(start.loss);
});

test('what is said of the simulation goes before what the file says', async () => {
  const task = taskIn({ changes: { deal: { how: 'iid', samplesPerShard: 12 } } });
  const open = createTaskOpener('');
  const first = await openSimulation({ ...LEAST, task }, open);
  expect(first.config).toMatchObject({ deal: 'iid', samplesPerDevice: 12 });
  const said = { deal: 'dirichlet:1', samplesPerDevice: 6, validationSamples: 4 };
  const second = await openSimulation({ ...LEAST, task, ...said }, open);
  expect(second.config).toMatchObject(said);
  expect(second.ownTask).toBe(first.ownTask);
});

test('every strategy and policy takes it, and the search', async () => {
  const task = taskIn();
  for (const changes of [
    { strategy: 'fedavg', buffer: 4 },
    { strategy: 'fedasync', subset: 'full' },
    { subset: 'tailored', contributions: 'probes:1', searchSeconds: 0.1 },
    { subset: 'weakest', searchSeconds: 0.1, deal: 'dirichlet:0.5', samplesPerDevice: 8 },
  ]) {
    const { stoppedBy, updates } = await run(task, changes);
    expect([stoppedBy, updates]).toEqual(['updates', 20]);
  }
});

test('of two tasks of one name each has its own data and its own search', async () => {
  const searching = { subset: 'weakest', searchSeconds: 0.05, budgetBytes: 1000 };
  const [one, other] = [taskIn({ seed: 1 }), taskIn({ seed: 2 })];
  const alone = await run(other, searching);
  await run(one, searching);
  const { wallSeconds: _, ...after } = await run(other, searching);
  const { wallSeconds: __, ...before } = alone;
  expect(after).toEqual(before);
});

test('a task that learns values is measured by its error, and a target above 1 is one of it', async () => {
  const changes = {
    model: {
      input: [1],
      layers: [{ kind: 'dense', name: 'line', units: 1 }],
      loss: 'meanSquaredError',
    },
    data: { format: 'csv', train: 'data.csv', test: { share: 0.2 }, inputs: ['x'], targets: ['y'] },
    classes: undefined,
    metric: 'mse',
    floor: 5,
    target: 4,
  };
  const task = taskIn({ changes });
  const stop = { untilTarget: true, updates: 200 };
  const result = await run(task, { target: 3, evaluateEverySeconds: 0.05, stop });
  expect(result).toMatchObject({ stoppedBy: 'target', target: 3, finalAccuracy: -1 });
  expect(result.finalScore).toBeGreaterThan(0);
});

test('a file that is not there, and a share beyond 1, are named', async () => {
  await expect(run('nowhere/task.json')).rejects.toThrow('nowhere/task.json');
  await expect(run(taskIn(), { target: 1.5 })).rejects.toThrow('simulation.target: must be at most 1');
  await expect(run(taskIn(), { samplesPerDevice: 60 })).rejects.toThrow(
    'samplesPerDevice must be at most 40, the samples of task "ring" that are left, got 60',
  );
});
