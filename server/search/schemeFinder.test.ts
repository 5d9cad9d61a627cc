// The finder with its real thread, the real engine and the real search, on a small model.

import { afterEach, expect, it } from 'vitest';
import type { ModelSpec } from '../../shared/engine/model.ts';
import { leastDeviceBytes, planTraining } from '../../shared/engine/planTraining.ts';
import { containsScheme, layerScheme, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { createRandom } from '../../shared/random.ts';
import type { Dataset } from '../../shared/tasks/task.ts';
import type { SearchProgress } from './searchMessages.ts';
import { takePublicSet } from '../../shared/selection/publicSet.ts';
import { createProbePlanner } from '../../shared/selection/createProbePlanner.ts';
import { createSchemeFinder, type SchemeFinder } from './schemeFinder.ts';

const MODEL: ModelSpec = {
  id: 'small',
  input: [8],
  layers: [
    { kind: 'dense', name: 'first', units: 64 },
    { kind: 'relu', name: 'relu' },
    { kind: 'dense', name: 'last', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};
const BATCH = 8;

function datasetOf(count: number): Dataset {
  const random = createRandom(1);
  const inputs = Float32Array.from({ length: count * 8 }, () => random.normal());
  const labels = Uint8Array.from({ length: count }, (_, n) =>
    inputs[n * 8]! * inputs[n * 8 + 1]! > 0 ? 1 : 0,
  );
  return { count, inputs, labels, groups: null };
}

let finder: SchemeFinder | null = null;
afterEach(() => finder?.close());

function open(publicSet = takePublicSet(datasetOf(1500), 3)): SchemeFinder {
  const staging = { scale: 1, offset: 0 };
  const up = { kind: 'float32' } as const;
  const setup = { model: MODEL, batch: BATCH, up, learningRate: 0.1, seed: 3, staging, publicSet };
  finder = createSchemeFinder({ setup, niceness: 0 });
  return finder;
}

const search = (budgetBytes: number, inner: UpdateScheme | null = null) => ({
  budgetBytes,
  inner,
  reports: null,
});

it('finds schemes that fit, in a thread, and measures but once', { timeout: 120_000 }, async () => {
  const told: string[] = [];
  const finder = open();
  const note = ({ doing, share }: SearchProgress) => {
    if (share === 1) told.push(doing);
  };
  const budgetBytes = leastDeviceBytes(MODEL, layerScheme(MODEL, ['first']), BATCH) - 1;
  const tight = (await finder.find(search(budgetBytes), note))!;
  const roomy = (await finder.find(search(1e6), note))!;
  expect(told).toEqual(['measuring', 'searching', 'searching']);
  const plan = planTraining(MODEL, tight.scheme, { batch: BATCH, budgetBytes });
  expect(plan.deviceBytes).toBeLessThanOrEqual(budgetBytes);
  expect(tight.trainedShare).toBeCloseTo(plan.trainedShare, 12);
  expect(roomy.trainedShare).toBeGreaterThan(tight.trainedShare);
  const around = (await finder.find(search(1e6, tight.scheme)))!;
  expect(containsScheme(around.scheme, tight.scheme)).toBe(true);
  expect(await finder.find(search(100))).toBeNull();
});

it('goes by what devices told where there is no public set', { timeout: 60_000 }, async () => {
  const finder = open(null);
  const { groups } = createProbePlanner(MODEL, BATCH);
  const reports = groups.map((group) => ({
    group,
    ratio: 4,
    product: group.unit === 0 ? 1 : 0,
    samples: 10,
  }));
  const budgetBytes = leastDeviceBytes(MODEL, layerScheme(MODEL, ['first']), BATCH);
  const found = (await finder.find({ budgetBytes, inner: null, reports }))!;
  expect(found.scheme.entries.map(({ tensor }) => tensor)).toContain('first.weight');
  expect(found.deviceBytes).toBeLessThanOrEqual(budgetBytes);
  expect(await finder.find({ budgetBytes, inner: null, reports: [] })).toBeNull();
  expect(await finder.find({ budgetBytes, inner: null, reports: null })).toBeNull();
});

it('rejects the search that is under way when it is closed', async () => {
  const finder = open();
  const finding = finder.find(search(1e6));
  await finder.close();
  await expect(finding).rejects.toThrow('ended before');
});

it('takes a public set of at most 1,200 samples, a third of them held out', () => {
  const { train, heldOut } = takePublicSet(datasetOf(1500), 1)!;
  expect([train.samples, heldOut.samples]).toEqual([800, 400]);
  expect(train.inputs).toHaveLength(800 * 8);
  expect(takePublicSet(datasetOf(2), 1)).toBeNull();
});
