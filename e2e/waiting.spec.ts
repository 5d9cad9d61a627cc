// No tab ever waits for a slower one; under FedAvg, on the same fleet, the fast ones do.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import type { Browser, Page } from 'playwright';
import type { RunStatus } from '../shared/contract/status.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const FAST = ['fast1', 'fast2'];
/** Slow enough that the pace, not the core, decides. */
const FLOPS_PER_SECOND = 2e9;
const SLOWDOWN = 8;

function hasAll(run: RunStatus): boolean {
  return run.devices.length === 3;
}

describe('one tab of three slowed eightfold', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  function openFleet(url: string): Promise<Page[]> {
    const slow = { name: 'slow', flops: FLOPS_PER_SECOND / SLOWDOWN, straggler: SLOWDOWN };
    const fast = FAST.map((name) => ({ name, flops: FLOPS_PER_SECOND }));
    return Promise.all([...fast, slow].map((parameters) => openTab(browser, url, parameters)));
  }
  it('never has the fast ones wait for the slow one under FTTE', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }),
    );
    try {
      const tabs = await openFleet(server.url);
      let numSeen = 0;
      const run = await untilStatus(
        server.url,
        (run) => hasAll(run) && FAST.every((name) => deviceNamed(run, name).updates >= 6),
        (run) => {
          if (!hasAll(run) || !deviceNamed(run, 'slow').training) return;
          const fast = FAST.map((name) => deviceNamed(run, name));
          if (fast.some(({ updates }) => updates === 0)) return;
          numSeen++;
          // One whose update is in the buffer waits at most for the other, which is as fast, to fill it.
          expect(
            fast.some(({ training }) => training),
            'a fast one holds an assignment',
          ).toBe(true);
        },
      );
      expect(numSeen).toBeGreaterThan(0);
      const slow = deviceNamed(run, 'slow');
      expect(slow.updates).toBeLessThan(2);
      const all = await untilStatus(server.url, (run) => deviceNamed(run, 'slow').updates >= 1);
      expect(deviceNamed(all, 'slow').refused).toBe(0);
      expect(deviceNamed(all, 'slow').lastStaleness).toBeGreaterThan(0);
      await Promise.all(tabs.map((tab) => tab.context().close()));
    } finally {
      await server.close();
    }
  });

  it('makes the fast ones wait under FedAvg', async () => {
    const server = await startTestServer(
      testRun('fedAvg', { trigger: { kind: 'cohort', size: 3, deadlineMs: 0 } }),
    );
    try {
      const tabs = await openFleet(server.url);
      let numWaits = 0;
      await untilStatus(
        server.url,
        (run) => hasAll(run) && run.version >= 2,
        (run) => {
          if (!hasAll(run)) return;
          const slow = deviceNamed(run, 'slow');
          for (const name of FAST) {
            const fast = deviceNamed(run, name);
            expect(fast.updates).toBeLessThanOrEqual(slow.updates + 1);
            if (slow.training && fast.updates === slow.updates + 1 && !fast.training) numWaits++;
          }
        },
      );
      expect(numWaits).toBeGreaterThan(0);
      await Promise.all(tabs.map((tab) => tab.context().close()));
    } finally {
      await server.close();
    }
  });
});
