// The example of docs/your-own-task.md with real tabs: a task from a file, on CSV data, measured by AUC.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';
import { startServer } from '../server/startServer.ts';
import { launchChromium } from './chromium.ts';
import { untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { testRun } from './testing/testServer.ts';

const EXAMPLE = fileURLToPath(new URL('../docs/examples/bearings', import.meta.url));

it('tabs train a task of somebody’s own from CSV data until its AUC clears the floor', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-own-'));
  copyFileSync(join(EXAMPLE, 'task.json'), join(folder, 'task.json'));
  expect(spawnSync(process.execPath, [join(EXAMPLE, 'makeData.mjs'), folder]).status).toBe(0);
  const own = await openOwnTask(join(folder, 'task.json'));
  const { task } = own;
  const server = await startServer({
    runs: [
      testRun(
        'ftte',
        { trigger: { kind: 'buffer', size: 3, deadlineMs: 0 } },
        { task: task.id, localWork: task.localWork },
      ),
    ],
    runsDir: join(folder, 'runs'),
    host: '127.0.0.1',
    openTask: () => Promise.resolve(own),
    taskFile: own.file,
    evaluateEveryMs: 200,
  });
  const browser = await launchChromium();
  try {
    const tabs = await Promise.all(
      ['one', 'two', 'three'].map((name) => openTab(browser, server.url, { name, budget: '1MiB' })),
    );
    const run = await untilStatus(
      server.url,
      ({ score, devices }) => score >= task.floor && devices.every((device) => device.updates >= 3),
    );
    expect(run).toMatchObject({ task: 'bearings', metric: 'auc', target: task.target, refusals: {} });
    const page = tabs[0]!;
    await page.waitForFunction(() => window.minnow.state.score > 0);
    const state = await deviceStateOf(page);
    expect(state).toMatchObject({ metric: 'auc', taskTitle: 'Worn bearings', problem: '' });
    expect(state.samples).toBe(120);
    expect(await page.textContent('#accuracy')).toMatch(/^0\.\d{3}$/);
    expect(await page.textContent('#accuracy-note')).toContain('ROC');
  } finally {
    await browser.close();
    await server.close();
  }
  const lines = readFileSync(join(folder, 'runs', 'test', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(JSON.parse(lines.at(-1)!).score).toBeGreaterThanOrEqual(task.floor);
  expect(readFileSync(join(folder, 'runs', 'test', 'auc.svg'), 'utf8')).toContain('held-out AUC');
  rmSync(folder, { recursive: true });
});
