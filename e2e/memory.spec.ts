// The declared memory is the memory, over thousands of steps in a real browser.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEnginePage, type EnginePage } from './testing/enginePage.ts';

const NUM_STEPS = 3000;
/** Compiled code and the like; a leak of one array a step would be megabytes. */
const HEAP_TOLERANCE_BYTES = 256 * 1024;

let opened: EnginePage;
beforeAll(async () => {
  opened = await openEnginePage();
  await opened.page.waitForFunction(() => 'trainLong' in window);
});
afterAll(() => opened.close());

it('training in thousands of steps neither grows the memory nor the heap', async () => {
  const budgetBytes = 1280 * 1024;
  const run = await opened.page.evaluate(
    ([budget, steps]) => window.trainLong(budget!, steps!),
    [budgetBytes, NUM_STEPS],
  );
  expect(run.deviceBytes).toBeLessThanOrEqual(budgetBytes);
  expect(run.lengths).toEqual([run.declaredBytes]);
  expect(run.grownBytes).toBeLessThan(HEAP_TOLERANCE_BYTES);
});
