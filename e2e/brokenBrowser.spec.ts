// Tabs whose browser fails them: storage that never answers or is barred, memory that is refused, a Worker that cannot start.
// Each goes on where it can, and else says what it waits for and what would help.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright';
import { launchChromium } from './chromium.ts';
import { barredStorage, breakIn, refusedMemory, silentStorage } from './testing/brokenBrowser.ts';
import { callOwn, watchWorkers } from './testing/ownSamples.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

let browser: Browser;
let server: TestServer;
let context: BrowserContext;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
  context = await browser.newContext();
});
afterEach(async () => {
  await context.close();
  await server.close();
});

async function open(search = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.url}/${search}`);
  return page;
}
const updatesPass = (page: Page, count: number) =>
  page.waitForFunction((least) => window.minnow.state.updates >= least, count);

describe('storage', () => {
  it('that never answers keeps no tab from training, nor one that comes back', async () => {
    await breakIn(context, silentStorage);
    const page = await open();
    await updatesPass(page, 2);
    await page.reload();
    await updatesPass(page, 2);
    expect(await deviceStateOf(page)).toMatchObject({ resumes: 1, problem: '', refused: 0 });
  });

  it('that never answers is told to who gives own data, and to who wants them kept', async () => {
    await watchWorkers(context);
    await breakIn(context, silentStorage);
    const page = await open();
    await page.getByRole('alert').getByText('This browser keeps nothing for this page').first().waitFor();
    await page.getByRole('switch').click();
    await page.waitForFunction(() => !document.querySelector<HTMLInputElement>('[role="switch"]')!.checked);
    await page.getByText('does not answer), so own samples last as long as this tab').first().waitFor();
    await expect(callOwn(page, 'setOwnKept', true)).rejects.toThrow('keeps nothing');
  });

  it('that is barred keeps no tab from training', async () => {
    await breakIn(context, barredStorage);
    const page = await open();
    await updatesPass(page, 2);
  });
});

describe('memory', () => {
  it.each([
    ['en', 'Close other tabs', 'Declare', 'got no memory'],
    ['de', 'Schließe andere Tabs', 'erlauben', 'keinen Speicher'],
  ])('that is refused is said in %s, with less of it a tap away', async (lang, advice, button, headline) => {
    await breakIn(context, refusedMemory);
    const page = await open(`?lang=${lang}`);
    await page.getByRole('heading', { level: 1, name: headline }).waitFor();
    await page.getByRole('alert').getByText(advice).waitFor();
    await page.getByRole('button', { name: button }).click();
    await updatesPass(page, 1);
    const state = await deviceStateOf(page);
    expect(state.problem).toBe('');
    expect(state.allocatedBytes).toBeLessThanOrEqual(16 * 65_536);
    expect(state.budgetBytes).toBeLessThan(4 * 1024 * 1024);
    expect((await statusOf(server.url)).devices).toHaveLength(1);
  });

  it('that is there again is had by trying again, as the same device', async () => {
    await breakIn(context, () => {
      const Plain = WebAssembly.Memory;
      let numRefused = 0;
      WebAssembly.Memory = class extends Plain {
        constructor(descriptor: WebAssembly.MemoryDescriptor) {
          if (descriptor.initial > 4 && numRefused++ === 0) throw new RangeError('Out of memory');
          super(descriptor);
        }
      };
    });
    const page = await open();
    await page.getByRole('button', { name: 'Try again' }).click();
    await updatesPass(page, 1);
    const state = await deviceStateOf(page);
    expect(state).toMatchObject({ problem: '', budgetBytes: 4 * 1024 * 1024 });
    expect((await statusOf(server.url)).devices).toHaveLength(1);
  });

  it('is taken from no pool that is shared: a page without it trains', async () => {
    await breakIn(context, () => Reflect.deleteProperty(globalThis, 'SharedArrayBuffer'));
    const page = await open();
    await updatesPass(page, 1);
  });
});

describe('the Worker', () => {
  it('that cannot be started is told, and trying again loads the page anew', async () => {
    const script = /\/assets\/deviceWorker-/;
    await context.route(script, (route) => route.abort());
    const page = await open();
    await page.getByRole('alert').getByText('could not be started').waitFor();
    await context.unroute(script);
    await page.getByRole('button', { name: 'Try again' }).click();
    await updatesPass(page, 1);
  });

  it('that the browser bars is told as well', async () => {
    await context.addInitScript(() => {
      const Plain = Worker;
      window.Worker = class extends Plain {
        constructor(url: string | URL, options?: WorkerOptions) {
          if (options?.name === 'device') throw new DOMException('Workers are barred', 'SecurityError');
          super(url, options);
        }
      };
    });
    const page = await open('?lang=de');
    await page.getByRole('alert').getByText('ließ sich nicht starten').waitFor();
  });

  it('that is long in coming is what the page waits for, not the server', async () => {
    await context.route(/\/assets\/deviceWorker-/, () => {});
    const page = await open();
    await page.getByText('has not started yet').waitFor();
  });

  it('goes on without a GPU that never answers', async () => {
    await breakIn(context, () => {
      Object.defineProperty(navigator, 'gpu', {
        value: { requestAdapter: () => new Promise(() => {}) },
      });
    });
    const page = await open('?backend=webgpu');
    await updatesPass(page, 2);
    await page.getByText('this browser has no WebGPU here').waitFor();
    await untilStatus(server.url, ({ accepted }) => accepted >= 2);
  });
});
