// Pages under a path of a proxy: all that they ask for lies below it.

import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { openPrefixProxy } from './testing/prefixProxy.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const PREFIX = '/lab/minnow/';
const PATIENCE = { timeout: 120_000, interval: 50 };

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

it.each(['open', 'closed'] as const)(
  'a tab trains and a dashboard looks and steers under a path, with WebSockets %s',
  async (webSockets) => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
    );
    const proxy = await openPrefixProxy(server.port, PREFIX, webSockets);
    const context = await browser.newContext();
    try {
      const tab: Page = await context.newPage();
      await tab.goto(`${proxy.url}?name=under`);
      await expect.poll(() => server.status().runs[0]!.accepted, PATIENCE).toBeGreaterThanOrEqual(2);
      expect((await deviceStateOf(tab)).problem).toBe('');
      // What comes later, too: own data, the words, the icon.
      await tab.locator('#own-card').waitFor();

      const desk = await context.newPage();
      await desk.goto(`${proxy.url}dashboard#token=${server.adminToken}`);
      await desk.getByText('Live', { exact: true }).waitFor();
      await desk.getByRole('heading', { name: 'Steer' }).waitFor();
      await desk.getByRole('button', { name: 'Pause all' }).click();
      await expect.poll(async () => (await deviceStateOf(tab)).pace.isPaused, PATIENCE).toBe(true);
      expect(proxy.strays).toEqual([]);
    } finally {
      await context.close();
      proxy.close();
      await server.close();
    }
  },
);
