// Real tabs, a real server: they train to a target, in fixed memories, on an origin without a secure context too.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import type { Browser } from 'playwright';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const KIB = 1024;

describe('three tabs', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1']);
  });
  afterAll(() => browser.close());

  it('train one model to a target, the weakest with the part that fits its budget', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 3, deadlineMs: 0 } }),
    );
    try {
      const budgets = { sensor: 192 * KIB, watch: 512 * KIB, phone: 4096 * KIB };
      const tabs = await Promise.all(
        Object.entries(budgets).map(([name, budget]) => openTab(browser, server.url, { name, budget })),
      );
      const run = await untilStatus(
        server.url,
        ({ accuracy, devices }) => accuracy >= 0.85 && devices.every((device) => device.updates >= 3),
      );
      for (const [name, budgetBytes] of Object.entries(budgets)) {
        const device = deviceNamed(run, name);
        expect(device.budgetBytes).toBe(budgetBytes);
        expect(device.deviceBytes).toBeGreaterThan(0);
        expect(device.deviceBytes).toBeLessThanOrEqual(budgetBytes);
        expect(device.trainedShare).toBeGreaterThan(0);
        expect(device.trainedShare).toBeLessThan(1);
        expect(device.allocatedBytes % 65536).toBe(0);
        expect(device.allocatedBytes - device.deviceBytes).toBeGreaterThanOrEqual(0);
        expect(device.allocatedBytes - device.deviceBytes).toBeLessThan(65536);
      }
      expect(run.refusals).toEqual({});
      for (const tab of tabs) {
        const state = await deviceStateOf(tab);
        expect(state.problem).toBe('');
        expect(state.updates).toBeGreaterThanOrEqual(3);
        await tab.context().close();
      }
    } finally {
      await server.close();
    }
  });

  it('join, train and resume after a reload on plain http, where there is no secure context', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
    );
    try {
      const tab = await openTab(browser, `http://minnow.test:${server.port}`, { name: 'lan', flops: 4e9 });
      expect(await tab.evaluate(() => isSecureContext)).toBe(false);
      const before = await untilStatus(server.url, ({ accepted }) => accepted >= 2);
      const { deviceId } = deviceNamed(before, 'lan');
      expect(await tab.textContent('#engine')).toMatch(/^WebAssembly.*; WebGPU needs https$/);
      await tab.reload();
      const after = await untilStatus(
        server.url,
        ({ resumes, accepted }) => resumes >= 1 && accepted >= before.accepted + 3,
      );
      expect(after.devices.map((device) => device.deviceId)).toEqual([deviceId]);
      expect(await tab.evaluate(() => isSecureContext)).toBe(false);
      await tab.context().close();
    } finally {
      await server.close();
    }
  });

  it('are told the smallest workable budget where no scheme fits, and join with that', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
    );
    try {
      const tab = await openTab(browser, server.url, { name: 'tiny', budget: '8KiB' });
      await tab.waitForSelector('html[data-state="refused"]');
      const { refusal } = await deviceStateOf(tab);
      expect(refusal?.code).toBe('budgetTooSmall');
      const smallest = refusal!.smallestBudgetBytes!;
      expect(smallest).toBeGreaterThan(8 * KIB);
      expect(smallest).toBeLessThan(32 * KIB);
      const run = await untilStatus(server.url, ({ refusals }) => (refusals.budgetTooSmall ?? 0) > 0);
      expect(run.accepted).toBe(0);
      const joined = await openTab(browser, server.url, { name: 'enough', budget: smallest });
      await untilStatus(server.url, ({ accepted }) => accepted >= 1);
      expect((await deviceStateOf(joined)).deviceBytes).toBeLessThanOrEqual(smallest);
      await Promise.all([tab, joined].map((each) => each.context().close()));
    } finally {
      await server.close();
    }
  });
});
