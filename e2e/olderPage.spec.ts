// A page that is older than its server: parts of it answer 404. It says so, offers to be loaded anew, and does not storm the
// server with requests for what is no more.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright';
import { launchChromium } from './chromium.ts';
import { untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const OLDER = /is probably older/;
/** Twice as long after each: not many, however long a test takes. */
const MOST_REQUESTS = 12;

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

/** From now on the server has no such script; counts who asks. */
async function loseScript(name: string): Promise<{ readonly numAsked: () => number; find(): Promise<void> }> {
  const pattern = new RegExp(`/assets/${name}-`);
  let numAsked = 0;
  await context.route(pattern, (route) => {
    numAsked++;
    return route.fulfill({ status: 404, body: 'There is no such page.\n' });
  });
  return { numAsked: () => numAsked, find: () => context.unroute(pattern) };
}

async function open(search = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.url}/${search}`);
  return page;
}
const updatesPass = (page: Page, count: number) =>
  page.waitForFunction((least) => window.minnow.state.updates >= least, count);

it.each([
  ['joinPage', ''],
  ['english', ''],
  ['german', '?lang=de'],
  ['ownSection', ''],
  ['ownWorkerStudio', ''],
])(
  'a page without %s says that it is older, trains on, and is loaded anew by a tap',
  async (name, search) => {
    const lost = await loseScript(name);
    const page = await open(search);
    await page
      .getByRole('alert')
      .getByText(search ? /wohl älter/ : OLDER)
      .waitFor();
    const { updates } = await deviceStateOf(page);
    // Each brings tens of states, each of which once led to a request.
    await updatesPass(page, updates + 10);
    expect(lost.numAsked()).toBeGreaterThanOrEqual(2);
    expect(lost.numAsked()).toBeLessThanOrEqual(MOST_REQUESTS);
    // Only then is the script back: a page that finds it by itself takes its notice away.
    await page.getByRole('button', { name: search ? 'Neu laden' : 'Load it anew' }).click();
    await lost.find();
    await page.waitForFunction(() => window.minnow.state.resumes === 1 && window.minnow.state.updates > 0);
    await page
      .getByText(/trains|trainiert/)
      .first()
      .waitFor();
    await page.locator('#own-title').waitFor();
    await page.locator('#older').waitFor({ state: 'hidden' });
  },
);

it('a Worker without the code for updates says so, keeps what it trained, and sends it when the code is back', async () => {
  const lost = await loseScript('deltaCodec');
  const page = await open();
  await page.getByRole('alert').getByText(OLDER).waitFor();
  const { refused, deviceId } = await deviceStateOf(page);
  expect(refused).toBe(0);
  await lost.find();
  await updatesPass(page, 1);
  await page.waitForFunction(() => document.getElementById('older')!.hidden);
  expect((await deviceStateOf(page)).deviceId).toBe(deviceId);
  expect(lost.numAsked()).toBeLessThanOrEqual(MOST_REQUESTS);
});

it('a page whose Worker is no more says that it is older', async () => {
  await loseScript('deviceWorker');
  const page = await open();
  await page.getByRole('alert').getByText(OLDER).waitFor();
});

it('a page whose very first script is no more says so, too', async () => {
  await loseScript('join');
  const page = await open('?lang=de');
  await page.getByText(OLDER).waitFor();
});

it('a page whose server is away for a moment is not called older', async () => {
  const gone = /\/assets\/ownSection-/;
  await context.route(gone, (route) => route.abort('connectionrefused'));
  await context.route(/\/assets\//, (route) =>
    route.request().method() === 'HEAD' ? route.abort('connectionrefused') : route.fallback(),
  );
  const page = await open();
  await untilStatus(server.url, ({ accepted }) => accepted >= 10);
  expect(await page.locator('#older').isHidden()).toBe(true);
  await context.unrouteAll();
  await page.locator('#own-title').waitFor();
});
