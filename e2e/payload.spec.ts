// What travels, by the server's own counters: nothing that a tab has is sent again, a reload included.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadTask } from '../server/data/loadTask.ts';
import { takeSamples } from '../shared/tasks/deal.ts';
import { startServer } from '../server/startServer.ts';
import { createSelector } from '../shared/selection/createSelector.ts';
import type { TravelPrecision } from '../shared/engine/weightCodec.ts';
import { travelPrecision, type BlockForm } from '../shared/contract/blockForm.ts';
import { formsOf } from '../shared/contract/schemeForms.ts';
import type { DeviceStatus } from '../shared/contract/status.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { openTab } from './testing/tabs.ts';
import { testRun } from './testing/testServer.ts';

/** Trains two whole tensors and parts of two others, and holds two frozen. */
const BUDGET = 192 * 1024;
const NUM_SAMPLES = 60;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1']);
});
afterAll(() => browser.close());

/** With so few samples nothing is measured and the scheme stays what it is. */
async function openTask(id: string, seed: number) {
  const { train, test } = await loadTask(id, { dataDir: '', seed });
  const few = takeSamples(
    train,
    Array.from({ length: NUM_SAMPLES }, (_, i) => i),
  );
  return { task: findTask(id), data: { train: few, test } };
}

it.each(['float32', 'int4'] as const)(
  'in %s frozen blocks go down once, and what was trained in part comes in part, on plain http and after a reload',
  async (down) => {
    const runsDir = mkdtempSync(join(tmpdir(), 'minnow-e2e-'));
    const server = await startServer({
      allowedHosts: ['minnow.test'],
      allowsNames: true,
      runs: [
        testRun(
          'ftte',
          { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } },
          { encoding: { up: { kind: 'float32' }, down } },
        ),
      ],
      runsDir,
      host: '127.0.0.1',
      numShards: 2,
      samplesPerShard: 20,
      openTask,
    });
    try {
      const tab = await openTab(browser, `http://minnow.test:${server.port}`, {
        name: 'one',
        budget: BUDGET,
      });
      const untilUpdates = async (count: number) =>
        deviceNamed(
          await untilStatus(server.url, ({ devices }) => devices.some(({ updates }) => updates >= count)),
          'one',
        );
      const before = await untilUpdates(4);
      expect(before.trainedShare).toBeGreaterThan(0.5);
      expect(before.trainedShare).toBeLessThan(1);
      expectNothingTwice(before, down);
      await tab.reload();
      const after = await untilUpdates(before.updates + 4);
      expect(after.deviceId).toBe(before.deviceId);
      expectNothingTwice(after, down);
      await tab.context().close();
    } finally {
      await server.close();
      rmSync(runsDir, { recursive: true, force: true });
    }
  },
);

/** The model once, and with each later assignment what its update brings back. */
function expectNothingTwice(
  { bytesDown, bytesUp, assignments, updates }: DeviceStatus,
  down: TravelPrecision,
): void {
  const { model, localWork } = findTask('digits');
  const choice = createSelector(model, { batch: localWork.batch })({ kind: 'weakest' }, [BUDGET]);
  if (!('scheme' in choice)) throw new Error('a scheme must fit');
  const { blocks, entries } = formsOf(model, choice.scheme);
  const bytesOf = (forms: readonly BlockForm[]) =>
    forms.reduce((sum, { matrix }) => sum + travelPrecision(matrix, down).bytes, 0);
  expect(bytesDown).toBe(bytesOf(blocks) + (assignments - 1) * bytesOf(entries));
  if (down === 'float32') expect(bytesOf(entries)).toBe(bytesUp / updates);
  else expect(bytesOf(entries)).toBeLessThan((0.15 * bytesUp) / updates);
}
