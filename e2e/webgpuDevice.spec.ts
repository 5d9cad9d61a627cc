// A device that trains on WebGPU (software adapter), and goes on in WebAssembly when the GPU is gone.

import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { createLatch } from './testing/latch.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';
import { SOFTWARE_WEBGPU } from './testing/enginePage.ts';

/** Waits until the tab has had that many updates accepted. */
function updatesOf(page: Page, atLeast: number): Promise<unknown> {
  return page.waitForFunction((least) => window.minnow.state.updates >= least, atLeast, {
    timeout: 120_000,
  });
}

describe('a device with a GPU', () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    browser = await launchChromium(SOFTWARE_WEBGPU);
    server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it('trains on it when told to, and its updates are accepted', async () => {
    const tab = await openTab(browser, server.url, { name: 'gpu', backend: 'webgpu' });
    await updatesOf(tab, 2);
    expect(await deviceStateOf(tab)).toMatchObject({ backend: 'webgpu', refused: 0, problem: '' });
    const run = await untilStatus(server.url, (run) => deviceNamed(run, 'gpu').updates >= 2);
    expect(run.refusals).toEqual({});
    await tab.context().close();
  });

  it('goes on in WebAssembly when the GPU process dies, and says so', async () => {
    const tab = await openTab(browser, server.url, { name: 'lossy', backend: 'webgpu' });
    await updatesOf(tab, 1);
    const before = await deviceStateOf(tab);
    expect(before.backend).toBe('webgpu');
    const cdp = await browser.newBrowserCDPSession();
    await cdp.send('Browser.crashGpuProcess');
    await tab.waitForFunction(() => window.minnow.state.hasGpuFailed);
    await updatesOf(tab, before.updates + 2);
    const after = await deviceStateOf(tab);
    expect(after.backend).toMatch(/^wasm-/);
    expect(after.refused).toBe(0);
    expect(await tab.textContent('body')).toContain('the GPU failed');
    const run = await untilStatus(
      server.url,
      (run) => deviceNamed(run, 'lossy').updates >= before.updates + 2,
    );
    expect(run.refusals).toEqual({});
    await tab.context().close();
  });

  it('left alone trains before the code for it is there, measures then which is faster, and remembers it', async () => {
    const context = await browser.newContext();
    const tab = await context.newPage();
    const trained = createLatch();
    await context.route(/\/assets\/gpuBackend-/, async (route) => {
      await trained.opened;
      await route.continue();
    });
    await tab.goto(`${server.url}/?name=auto`);
    await updatesOf(tab, 1);
    trained.open();
    await updatesOf(tab, 3);
    const results = await tab.evaluate(() => localStorage.getItem('minnow:backends'));
    const winners: string[] = Object.values(JSON.parse(results ?? '{}') as Record<string, string>);
    expect(winners).toContain((await deviceStateOf(tab)).backend);
    const run = await untilStatus(server.url, (run) => deviceNamed(run, 'auto').updates >= 3);
    expect(winners).toContain(deviceNamed(run, 'auto').backend);
    await tab.context().close();
  });
});
