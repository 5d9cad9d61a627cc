// What the pages are barred from (content-security-policy) is nothing that they do: no browser reports a violation while a
// tab trains on own data and on demo data, in WebAssembly and with TensorFlow.js, and a dashboard looks and steers.

import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { keepPicture } from './testing/pictures.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
const POLICY = /Content[ -]Security[ -]Policy|Permissions[ -]Policy|Refused to|violates/i;

let browser: Browser;
let context: BrowserContext;
let server: TestServer;
let complaints: string[] = [];
beforeAll(async () => {
  browser = await launchChromium();
  context = await browser.newContext({ viewport: { width: 1366, height: 768 } });
  server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

function complain(text: string): void {
  if (POLICY.test(text)) complaints.push(text);
}

async function open(path: string): Promise<Page> {
  const page = await context.newPage();
  page.on('console', (message) => complain(message.text()));
  page.on('pageerror', (error) => complain(error.message));
  page.on('worker', (worker) => worker.on('console', (message) => complain(message.text())));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`Content Security Policy: ${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(server.url + path);
  return page;
}

it('is kept by a tab that trains, and takes a picture of its person', async () => {
  complaints = [];
  const tab = await open('/?name=tab');
  await expect.poll(async () => (await deviceStateOf(tab)).updates, PATIENCE).toBeGreaterThanOrEqual(2);
  await tab.locator('#own-card').waitFor();
  const picture = await tab.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 28;
    const pen = canvas.getContext('2d')!;
    pen.fillRect(0, 0, 28, 28);
    pen.fillStyle = '#fff';
    pen.fillRect(12, 4, 4, 20);
    return canvas.toDataURL('image/png');
  });
  await tab
    .locator('#own-card input[type=file]')
    .first()
    .setInputFiles({
      name: 'one.png',
      mimeType: 'image/png',
      buffer: Buffer.from(picture.split(',')[1]!, 'base64'),
    });
  await expect.poll(() => tab.locator('.own-says').first().innerText(), PATIENCE).toMatch(/\d, \d+\s%/);
  await keepPicture(tab, 'policy-join');
  expect(complaints).toEqual([]);
});

it('is kept by a tab with TensorFlow.js as far as this browser goes', async () => {
  complaints = [];
  const tab = await open('/?backend=tfjs-webgpu');
  await expect.poll(async () => (await deviceStateOf(tab)).updates, PATIENCE).toBeGreaterThanOrEqual(1);
  expect(complaints).toEqual([]);
});

it('is kept by a dashboard with all that it shows, and by the desk', async () => {
  complaints = [];
  const desk = await open(`/dashboard#token=${server.adminToken}`);
  await desk.getByText('Live', { exact: true }).waitFor();
  await desk.getByRole('heading', { name: 'Steer' }).waitFor();
  await desk.locator('#arena svg').waitFor();
  await desk.locator('#confusion td').first().waitFor();
  const download = desk.waitForEvent('download');
  await desk
    .getByRole('button', { name: /devices/i })
    .last()
    .click();
  await download;
  await keepPicture(desk, 'policy-dashboard');
  expect(complaints).toEqual([]);
});

it('bars an injected script, a frame around the page, and another server', async () => {
  const tab = await open('/');
  const [hasRun, answered] = await tab.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'document.documentElement.dataset.injected = "1"';
    document.body.append(script);
    const answered = await fetch('http://127.0.0.1:1/').catch((error: Error) => error.name);
    return [document.documentElement.dataset['injected'] !== undefined, String(answered)];
  });
  expect(hasRun).toBe(false);
  expect(answered).toBe('TypeError');
  expect(complaints.some((text) => text.includes('script-src'))).toBe(true);
  expect(complaints.some((text) => text.includes('connect-src'))).toBe(true);
  const frame = await context.newPage();
  await frame.setContent(`<iframe src="${server.url}/"></iframe>`);
  await expect.poll(() => frame.frames().some((each) => each.url().includes('chrome-error'))).toBe(true);
});
