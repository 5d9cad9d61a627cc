// The join page on a phone: training without a question asked, and what becomes of a phone meanwhile.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page, Response } from 'playwright';
import { launchChromium } from './chromium.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { openFreezableTab } from './testing/freezableTab.ts';
import { createLatch } from './testing/latch.ts';
import { asPerson, openPhone, withDataSaver, withLowBattery, withWakeLock } from './testing/phone.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const LARGEST_FIRST_BYTES = 60_000;
/** What is fetched with the first step. */
const HELD_BACK = /\/assets\/(joinPage|sparkline|tuneTile|deltaCodec|blockStore|ownKey|openStorage)-/;

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  // Tabs that freeze and pages that are installed are no business of a headless shell.
  browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1'], 'whole');
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await server.close();
});

/** What the page says, as a person sees it. */
const seen = (page: Page) => page.innerText('body');
const stateIs = (page: Page, state: string) => page.waitForSelector(`html[data-state="${state}"]`);
const updatesPass = (page: Page, count: number) =>
  page.waitForFunction((least) => window.minnow.state.updates >= least, count);

/** AxeBuilder opens pages beside it, which only a context of one's own allows. */
const openDesktop = async () => (await browser.newContext()).newPage();

async function axeFindsNothing(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Letters of words, each text once; what both languages share is taken out. */
const SAME = /^(Minnow|Pause|Version|conv\d|dense\d|WebAssembly, SIMD|\w+ \w+ \d+|[\d.,]+\s[KM]?i?B|\d+ ms)$/;
const textsOf = (page: Page) =>
  page.evaluate(() => {
    const texts = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement!.closest('script, style, noscript, #unsupported, [lang]:not(html)')) continue;
      if (parentElement!.closest('[hidden]')) continue;
      const text = textContent!.replace(/\s+/g, ' ').trim();
      if (/\p{L}{3}/u.test(text)) texts.add(text);
    }
    for (const element of document.querySelectorAll('[aria-label], [aria-valuetext], [title]'))
      for (const name of ['aria-label', 'aria-valuetext', 'title'])
        if (/\p{L}{3}/u.test(element.getAttribute(name) ?? '')) texts.add(element.getAttribute(name)!);
    return [...texts];
  });

describe('from opening to training', () => {
  it('takes no question and, before the first step, no more script than 60 kB', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    // Held back until the page has trained: whatever is asked for before is what training needs.
    const trained = createLatch();
    await context.route(HELD_BACK, async (route) => {
      await trained.opened;
      await route.continue();
    });
    const answers: Response[] = [];
    context.on('response', (response) => {
      const url = response.url();
      if (/\/assets\/.*\.js$/.test(url) && !HELD_BACK.test(url)) answers.push(response);
    });
    await page.goto(server.url);
    await page.waitForFunction(() => window.minnow.state.step > 0);
    const { joinToFirstStepMs } = await deviceStateOf(page);
    const fetched = answers.map((answer) => /\/assets\/(.*)-.{8}\.js$/.exec(answer.url())![1]!);
    const headers = await Promise.all(answers.map((answer) => answer.allHeaders()));
    expect(new Set(headers.map((header) => header['content-encoding']))).toEqual(new Set(['gzip']));
    const bytes = headers.reduce((sum, header) => sum + Number(header['content-length']), 0);
    console.log(
      `from opening to the first step: ${Math.round(joinToFirstStepMs)} ms, ${bytes} B of ${fetched.join(', ')}`,
    );
    expect(fetched).toEqual(expect.arrayContaining(['join', 'deviceWorker']));
    expect(bytes).toBeGreaterThan(30_000);
    expect(bytes).toBeLessThanOrEqual(LARGEST_FIRST_BYTES);
    trained.open();
    await page.getByRole('heading', { name: /trains (all|\d+\s%)/ }).waitFor();
  });

  it('says what this device does by the name that the dashboard has for it', async () => {
    const page = await openPhone(browser, server.url);
    const dashboard = await browser.newPage();
    await dashboard.goto(`${server.url}/dashboard`);
    const headline = page.getByRole('heading', { level: 1, name: /trains/ });
    await headline.waitFor();
    const said = (await headline.innerText()).replace(/\s/g, ' ');
    const name = /^This device, (\w+ \w+ \d+), trains/.exec(said)![1]!;
    await dashboard.getByText(name).first().waitFor();
    expect(await seen(page)).toMatch(/It uses [\d.]+\s[KM]iB of the 4\sMiB it may use/);
  });

  it('takes one tap to pause, one to go on, one to leave; a pause outlives a reload', async () => {
    const page = await openPhone(browser, server.url);
    await updatesPass(page, 1);
    await page.getByRole('button', { name: 'Pause' }).tap();
    await page.getByRole('status').getByText('Paused').waitFor();
    await page.reload();
    await stateIs(page, 'paused');
    await page.getByRole('button', { name: 'Go on' }).tap();
    await updatesPass(page, 1);
    await page.getByRole('button', { name: 'Leave' }).tap();
    await page.getByRole('status').getByText('Left').waitFor();
    await untilStatus(server.url, ({ devices }) => devices.every((device) => !device.connected));
  });
});

describe('a screen', () => {
  it('is kept on by a wake lock while the phone trains, not while it rests', async () => {
    const page = await openPhone(browser, server.url, { before: withWakeLock });
    const locksAre = (locks: number) =>
      page.waitForFunction((wanted) => window.phone.locks === wanted, locks);
    await locksAre(1);
    await page.getByRole('button', { name: 'Pause' }).tap();
    await locksAre(0);
    await page.getByRole('button', { name: 'Go on' }).tap();
    await locksAre(1);
    await page.getByRole('button', { name: 'Leave' }).tap();
    await locksAre(0);
    expect(await seen(page)).not.toContain('screen');
  });

  it('is kept on by a muted video after a tap where there is no secure context', async () => {
    const page = await openPhone(browser, `http://minnow.test:${server.port}`);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await page.getByText('Tap anywhere to keep the screen on').waitFor();
    await page.getByRole('heading', { level: 1 }).tap();
    await page.waitForFunction(() => document.querySelector('video')!.currentTime > 0);
    await page.getByText('Tap anywhere').waitFor({ state: 'detached' });
    const video = () =>
      page.evaluate(() => {
        const { muted, paused, playsInline } = document.querySelector('video')!;
        return { muted, paused, playsInline };
      });
    expect(await video()).toEqual({ muted: true, paused: false, playsInline: true });
    await page.getByRole('button', { name: 'Pause' }).tap();
    await page.waitForFunction(() => document.querySelector('video')!.paused);
  });

  it('may go off where nothing keeps it on, and the page says so', async () => {
    const page = await openPhone(browser, `http://minnow.test:${server.port}`, {
      before: () => Object.defineProperty(navigator, 'standalone', { value: false }),
    });
    await page.getByText('Nothing keeps the screen on here').waitFor();
  });
});

describe('a phone', () => {
  it('rests while its battery is low, and goes on when it charges', async () => {
    const page = await openPhone(browser, server.url, { before: withLowBattery });
    await stateIs(page, 'held');
    await page.getByText('The battery is low').waitFor();
    await page.getByRole('status').getByText('Resting').first().waitFor();
    const { updates } = await deviceStateOf(page);
    await page.evaluate(() => {
      window.phone.battery.charging = true;
      window.phone.battery.dispatchEvent(new Event('chargingchange'));
    });
    await updatesPass(page, updates + 2);
    expect(await seen(page)).not.toContain('battery');
  });

  it('with a low battery goes on anyway for who says so', async () => {
    const page = await openPhone(browser, server.url, { before: withLowBattery });
    await stateIs(page, 'held');
    const { updates } = await deviceStateOf(page);
    await page.getByRole('button', { name: 'Go on anyway' }).tap();
    await updatesPass(page, updates + 1);
  });

  it('that saves data joins nothing until its person says so, and remembers that', async () => {
    const page = await openPhone(browser, server.url, { before: withDataSaver });
    await page.getByText('told to save data').waitFor();
    await axeFindsNothing(page);
    expect((await statusOf(server.url)).devices).toEqual([]);
    await page.getByRole('button', { name: 'Go on anyway' }).tap();
    await updatesPass(page, 1);
    await page.reload();
    await updatesPass(page, 1);
    expect((await deviceStateOf(page)).resumes).toBe(1);
    expect((await statusOf(server.url)).devices).toHaveLength(1);
  });

  it('that hid the tab goes on, and one that froze it goes on as the same device and says that it slept', async () => {
    const tab = await openFreezableTab(browser, server.url);
    try {
      await tab.until('window.minnow?.state.updates >= 1');
      await tab.hide();
      const hidden = await statusOf(server.url);
      await untilStatus(server.url, ({ accepted }) => accepted >= hidden.accepted + 2);
      await tab.freeze();
      // Nothing of a frozen tab runs: only the clock on the wall tells how long.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const frozen = await statusOf(server.url);
      await tab.thaw();
      await tab.show();
      await tab.until(`/This tab was asleep for \\d+.seconds?/.test(document.body.innerText)`);
      const run = await untilStatus(server.url, ({ accepted }) => accepted >= frozen.accepted + 2);
      expect(run.devices).toHaveLength(1);
    } finally {
      await tab.close();
    }
  });

  it('without network says so, loses nothing and goes on with its session', async () => {
    const line = await openCuttableLine(server.port);
    try {
      const page = await openPhone(browser, line.url);
      await updatesPass(page, 1);
      // What tells of the network comes after the first step.
      await page.locator('#identity').filter({ hasText: /\S/ }).waitFor();
      line.cut();
      await page.context().setOffline(true);
      await page.getByText('This device has no network').waitFor();
      await page.getByRole('status').getByText('Offline').waitFor();
      const { updates } = await deviceStateOf(page);
      line.mend();
      await page.context().setOffline(false);
      await updatesPass(page, updates + 2);
      expect(await seen(page)).not.toContain('no network');
      const run = await statusOf(server.url);
      expect(run.devices).toHaveLength(1);
      expect((await deviceStateOf(page)).resumes).toBeGreaterThan(0);
    } finally {
      line.close();
    }
  });
});

/** All that it needs to open is in the browser. */
async function untilKept(page: Page): Promise<void> {
  const isKept = () =>
    page.evaluate(async () => {
      const kept = await (await caches.open('minnow:assets')).keys();
      const hasPage = (await caches.match('/')) !== undefined;
      return (
        hasPage &&
        ['join', 'deviceWorker', 'english'].every((name) =>
          kept.some(({ url }) => url.includes(`/assets/${name}-`)),
        )
      );
    });
  await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

describe('an installed page', () => {
  it('opens without its server, says so, and goes on when the server is back', async () => {
    const line = await openCuttableLine(server.port);
    try {
      const page = await openPhone(browser, line.url, { before: asPerson });
      await untilKept(page);
      line.cut();
      await page.reload();
      await page.getByText('The server cannot be reached').waitFor();
      await axeFindsNothing(page);
      line.mend();
      await updatesPass(page, 1);
      expect(await seen(page)).not.toContain('cannot be reached');
      expect((await statusOf(server.url)).devices).toHaveLength(1);
    } finally {
      line.close();
    }
  });

  it('opens where a proxy answers for a server that is gone', async () => {
    const line = await openCuttableLine(server.port);
    const page = await openPhone(browser, line.url, { before: asPerson });
    await untilKept(page);
    line.close();
    const proxy = createServer((_, answer) => answer.writeHead(502).end('Bad Gateway'));
    proxy.listen(Number(new URL(line.url).port), '127.0.0.1');
    await once(proxy, 'listening');
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor();
    proxy.close();
  });

  it('is never an older one than its server has', async () => {
    const page = await openPhone(browser, server.url, { before: asPerson });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.evaluate(async () => {
      const kept = await caches.open('minnow:page');
      await kept.put('/', new Response('<h1>Old</h1>', { headers: { 'Content-Type': 'text/html' } }));
    });
    await page.reload();
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
    const kept = await page.evaluate(async () => (await caches.match('/'))!.text());
    expect(kept).toContain('id="headline"');
  });

  it('has all that browsers ask of what is to be installed', async () => {
    const page = await openPhone(browser, server.url, { before: asPerson });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const cdp = await page.context().newCDPSession(page);
    const { errors, url } = await cdp.send('Page.getAppManifest');
    expect(url).toBe(`${server.url}/manifest.webmanifest`);
    expect(errors).toEqual([]);
    // A context of tests counts as a private window, where nothing can be installed; nothing else may be wrong.
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  });

  it('keeps nothing on plain http, and trains all the same', async () => {
    const page = await openPhone(browser, `http://minnow.test:${server.port}`, { before: asPerson });
    await updatesPass(page, 1);
    expect(await page.evaluate(() => 'serviceWorker' in navigator)).toBe(false);
  });
});

describe('a page in German', () => {
  it('has no English text left in any state', async () => {
    const english = await openPhone(browser, server.url, { search: '?lang=en' });
    const german = await openPhone(browser, server.url, { search: '?lang=de' });
    async function compare(): Promise<void> {
      const texts = new Set(await textsOf(english));
      const left = (await textsOf(german)).filter((text) => texts.has(text) && !SAME.test(text));
      expect(left).toEqual([]);
      expect(texts.size).toBeGreaterThan(5);
    }
    const both = (act: (page: Page) => Promise<unknown>) => Promise.all([act(english), act(german)]);
    await both((page) => updatesPass(page, 1));
    await both((page) => page.waitForFunction(() => document.querySelectorAll('#layers li').length > 0));
    await compare();
    expect(await german.getAttribute('html', 'lang')).toBe('de');
    await axeFindsNothing(german);
    await both((page) => page.locator('#pause').tap());
    await both((page) => stateIs(page, 'paused'));
    await compare();
    await both((page) => page.locator('#leave').tap());
    await both((page) => stateIs(page, 'left'));
    await compare();
    for (const budget of ['8KiB', 'nonsense']) {
      await english.goto(`${server.url}/?lang=en&budget=${budget}`);
      await german.goto(`${server.url}/?lang=de&budget=${budget}`);
      await both((page) => page.locator('#notice p').first().waitFor());
      await compare();
    }
  });

  it('is one tap away, and stays chosen', async () => {
    const page = await openPhone(browser, server.url, { context: { locale: 'en-GB' } });
    await page.getByRole('link', { name: 'Deutsch' }).tap();
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    expect((await deviceStateOf(page)).resumes).toBe(1);
    await page.goto(server.url);
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    await page.getByRole('link', { name: 'English' }).tap();
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
  });

  it('is what a browser gets that asks for it', async () => {
    const page = await openPhone(browser, server.url, { context: { locale: 'de-AT' } });
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    expect(await page.innerText('#memory-line')).toMatch(/^Es nutzt \d+(,\d+)?\s[KM]iB von 4\sMiB/);
  });
});

describe('who does not see or point', () => {
  it('is told of each state, and axe finds nothing in any of them', async () => {
    const line = await openCuttableLine(server.port);
    try {
      const page = await openDesktop();
      const mayTrain = createLatch();
      await page.route('**/assets/deviceWorker-*', async (route) => {
        await mayTrain.opened;
        await route.continue();
      });
      const says = (status: string) => page.getByRole('status').getByText(status, { exact: true }).waitFor();
      await page.goto(line.url, { waitUntil: 'commit' });
      await says('Connecting');
      await axeFindsNothing(page);
      mayTrain.open();
      await says('Training');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Pause' }).press('Enter');
      await says('Paused');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Go on' }).press('Space');
      await says('Training');
      line.cut();
      await says('Connection lost, trying again');
      await axeFindsNothing(page);
      line.mend();
      await says('Training');
      await page.getByRole('button', { name: 'Leave' }).press('Enter');
      await says('Left');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Join again' }).press('Enter');
      await says('Training');
      const second = await page.context().newPage();
      const memory = await page.evaluate(() => Object.entries(sessionStorage));
      await second.addInitScript((entries) => {
        for (const [key, value] of entries) sessionStorage.setItem(key, value);
      }, memory);
      await second.goto(line.url);
      await says('Ended');
      await axeFindsNothing(page);
      await page.goto(`${line.url}/?budget=8KiB`);
      await says('Refused');
      await axeFindsNothing(page);
      await page.goto(`${line.url}/?budget=nonsense`);
      await says('Stopped');
      await axeFindsNothing(page);
    } finally {
      line.close();
    }
  });

  it('reaches everything by keyboard, in the order of the page', async () => {
    const page = await openDesktop();
    await page.goto(server.url);
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
    const reached: string[] = [];
    while (!reached.includes('languages')) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => document.activeElement!.id || document.activeElement!.parentElement!.id),
      );
    }
    expect(reached.slice(0, 2)).toEqual(['pause', 'leave']);
    expect(reached).toContain('budget');
  });

  it('sees nothing move where motion is to be reduced', async () => {
    const page = await openPhone(browser, server.url, { context: { reducedMotion: 'reduce' } });
    await updatesPass(page, 1);
    const numMoving = await page.evaluate(() => document.getAnimations().length);
    expect(numMoving).toBe(0);
  });
});
