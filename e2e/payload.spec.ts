// What travels, by the server's own counters: nothing that a tab has is sent again, a reload included.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadTask } from '../server/data/loadTask.ts';
import { takeSamples } from '../server/data/deal.ts';
import { startServer } from '../server/startServer.ts';
import { numParameters } from '../shared/engine/model.ts';
import type { DeviceStatus } from '../shared/protocol/status.ts';
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

it('frozen blocks go down once, and what was trained in part comes in part, on plain http and after a reload', async () => {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-e2e-'));
  const server = await startServer({
    runs: [testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } })],
    runsDir,
    host: '127.0.0.1',
    numShards: 2,
    samplesPerShard: 20,
    openTask,
  });
  try {
    const tab = await openTab(browser, `http://minnow.test:${server.port}`, { name: 'one', budget: BUDGET });
    const untilUpdates = async (count: number) =>
      deviceNamed(
        await untilStatus(server.url, ({ devices }) => devices.some(({ updates }) => updates >= count)),
        'one',
      );
    const before = await untilUpdates(4);
    expect(before.trainedShare).toBeGreaterThan(0.5);
    expect(before.trainedShare).toBeLessThan(1);
    expectNothingTwice(before);
    await tab.reload();
    const after = await untilUpdates(before.updates + 4);
    expect(after.deviceId).toBe(before.deviceId);
    expectNothingTwice(after);
    await tab.context().close();
  } finally {
    await server.close();
    rmSync(runsDir, { recursive: true, force: true });
  }
});

/** The model once, and with each later assignment what its update brings back. */
function expectNothingTwice({ bytesDown, bytesUp, assignments, updates }: DeviceStatus): void {
  const trainedBytes = bytesUp / updates;
  expect(bytesDown).toBe(4 * numParameters(findTask('digits').model) + (assignments - 1) * trainedBytes);
}
