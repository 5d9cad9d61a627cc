// The finder with its real thread, the real engine and the real search, on drawn digits.

import { afterEach, expect, it } from 'vitest';
import { leastDeviceBytes, planTraining } from '../../shared/engine/planTraining.ts';
import { layerScheme } from '../../shared/engine/scheme.ts';
import { generateDigits } from '../../shared/tasks/digits/generateDigits.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { takePublicSet } from './publicSet.ts';
import { createSchemeFinder, type SchemeFinder } from './schemeFinder.ts';

const task = findTask('digits');
const { batch, learningRate } = task.localWork;
let finder: SchemeFinder | null = null;
afterEach(() => finder?.close());

it('finds schemes that fit, in a thread, and measures but once', { timeout: 120_000 }, async () => {
  const told: string[] = [];
  const publicSet = takePublicSet(generateDigits(3).train, 3)!;
  expect([publicSet.train.samples, publicSet.heldOut.samples]).toEqual([800, 400]);
  finder = createSchemeFinder({
    setup: { model: task.model, batch, learningRate, seed: 3, staging: task, ...publicSet },
    onProgress: (doing, share) => {
      if (share === 1) told.push(doing);
    },
  });
  const head = leastDeviceBytes(task.model, layerScheme(task.model, ['dense1']), batch);
  const tight = await finder.find(head + 20_000);
  const roomy = await finder.find(1e6);
  expect(told).toEqual(['measuring', 'searching', 'searching']);
  expect(
    planTraining(task.model, tight!.scheme, { batch, budgetBytes: head + 20_000 }).deviceBytes,
  ).toBeLessThanOrEqual(head + 20_000);
  expect(tight!.trainedShare).toBeLessThan(1);
  expect(roomy!.trainedShare).toBeGreaterThan(tight!.trainedShare);
  expect(await finder.find(1000)).toBeNull();
});

it('rejects the search that is under way when it is closed', async () => {
  const publicSet = takePublicSet(generateDigits(3).train, 3)!;
  finder = createSchemeFinder({
    setup: { model: task.model, batch, learningRate, seed: 3, staging: task, ...publicSet },
  });
  const finding = finder.find(1e6);
  await finder.close();
  await expect(finding).rejects.toThrow('ended before');
});
