// A run whose rows are not for everybody, as a class meets it: the code on the projector holds the join code, and nobody types it.

import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  browser = await launchChromium();
  server = await startTestServer(
    testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
    1000,
    { joinCode: '' },
  );
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

it('a tab that comes by the address on the dashboard trains; one without the code is told what is lacking', async () => {
  const context = await browser.newContext({ locale: 'en' });
  const bare = await context.newPage();
  await bare.goto(server.url);
  await bare.getByText('This run needs its join code.').waitFor();
  expect((await deviceStateOf(bare)).refusal?.code).toBe('badCode');

  // With the token alone: the code comes with it.
  const desk = await context.newPage();
  await desk.goto(`${server.url}/dashboard#token=${server.adminToken}`);
  await expect
    .poll(() => desk.locator('#address').getAttribute('href'), PATIENCE)
    .toBe(`${server.url}/?code=${server.joinCode}`);

  const tab = await context.newPage();
  await tab.goto((await desk.locator('#address').getAttribute('href'))!);
  await expect.poll(async () => (await deviceStateOf(tab)).updates, PATIENCE).toBeGreaterThanOrEqual(1);
  // Rows of the held-out set, too.
  await desk.locator('#mistakes li').first().waitFor();
  await context.close();
});
