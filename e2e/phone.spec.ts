// The join page on a phone: training without a question asked, and what becomes of a phone meanwhile.

import type { Response } from 'playwright';
import { describe, expect, it } from 'vitest';
import { axeFindsNothing } from './testing/axe.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { createLatch } from './testing/latch.ts';
import {
  openPhone,
  seen,
  setPhoneScene,
  stateIs,
  updatesPass,
  withDataSaver,
  withLowBattery,
  withWakeLock,
} from './testing/phone.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';

const LARGEST_FIRST_BYTES = 60_000;
/** What is fetched with the first step. */
const HELD_BACK = /\/assets\/(joinPage|sparkline|tuneTile|deltaCodec|blockStore|ownKey|openStorage)-/;

const scene = setPhoneScene();

describe('from opening to training', () => {
  it('takes no question and, before the first step, no more script than 60 kB', async () => {
    const context = await scene.browser.newContext();
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
    await page.goto(scene.server.url);
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
    const page = await openPhone(scene.browser, scene.server.url);
    const dashboard = await scene.browser.newPage();
    await dashboard.goto(`${scene.server.url}/dashboard`);
    const headline = page.getByRole('heading', { level: 1, name: /trains/ });
    await headline.waitFor();
    const said = (await headline.innerText()).replace(/\s/g, ' ');
    const name = /^This device, (\w+ \w+ \d+), trains/.exec(said)![1]!;
    await dashboard.getByText(name).first().waitFor();
    expect(await seen(page)).toMatch(/It uses [\d.]+\s[KM]iB of the 4\sMiB it may use/);
  });

  it('takes one tap to pause, one to go on, one to leave; a pause outlives a reload', async () => {
    const page = await openPhone(scene.browser, scene.server.url);
    await updatesPass(page, 1);
    await page.getByRole('button', { name: 'Pause' }).tap();
    await page.getByRole('status').getByText('Paused').waitFor();
    await page.reload();
    await stateIs(page, 'paused');
    await page.getByRole('button', { name: 'Go on' }).tap();
    await updatesPass(page, 1);
    await page.getByRole('button', { name: 'Leave' }).tap();
    await page.getByRole('status').getByText('Left').waitFor();
    await untilStatus(scene.server.url, ({ devices }) => devices.every((device) => !device.connected));
  });
});

describe('a screen', () => {
  it('is kept on by a wake lock while the phone trains, not while it rests', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { before: withWakeLock });
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
    const page = await openPhone(scene.browser, `http://minnow.test:${scene.server.port}`);
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
    const page = await openPhone(scene.browser, `http://minnow.test:${scene.server.port}`, {
      before: () => Object.defineProperty(navigator, 'standalone', { value: false }),
    });
    await page.getByText('Nothing keeps the screen on here').waitFor();
  });
});

describe('a phone', () => {
  it('rests while its battery is low, and goes on when it charges', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { before: withLowBattery });
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
    const page = await openPhone(scene.browser, scene.server.url, { before: withLowBattery });
    await stateIs(page, 'held');
    const { updates } = await deviceStateOf(page);
    await page.getByRole('button', { name: 'Go on anyway' }).tap();
    await updatesPass(page, updates + 1);
  });

  it('that saves data joins nothing until its person says so, and remembers that', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { before: withDataSaver });
    await page.getByText('told to save data').waitFor();
    await axeFindsNothing(page);
    expect((await statusOf(scene.server.url)).devices).toEqual([]);
    await page.getByRole('button', { name: 'Go on anyway' }).tap();
    await updatesPass(page, 1);
    await page.reload();
    await updatesPass(page, 1);
    expect((await deviceStateOf(page)).resumes).toBe(1);
    expect((await statusOf(scene.server.url)).devices).toHaveLength(1);
  });

  it('without network says so, loses nothing and goes on with its session', async () => {
    const line = await openCuttableLine(scene.server.port);
    try {
      const page = await openPhone(scene.browser, line.url);
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
      const run = await statusOf(scene.server.url);
      expect(run.devices).toHaveLength(1);
      expect((await deviceStateOf(page)).resumes).toBeGreaterThan(0);
    } finally {
      line.close();
    }
  });
});
