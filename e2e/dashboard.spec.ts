// The dashboard in a real browser on a real server: a fleet of real tabs behind it, then two hundred devices.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../server/testing/loadDevice.ts';
import { parametersOf } from '../shared/engine/model.ts';
import { schemeSize } from '../shared/engine/scheme.ts';
import { launchChromium } from './chromium.ts';
import { keepPicture } from './testing/pictures.ts';
import { axeFindsNothing } from './testing/axe.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';
import { openTab } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const SCREENS = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1366, height: 768 },
  projector: { width: 1920, height: 1080 },
};
const NUM_DEVICES = 200;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Opens the dashboard and waits for its first picture of the run. */
async function openDashboard(url: string, options: BrowserContextOptions = {}, hash = ''): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${url}/dashboard${hash}`);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

const textOf = (page: Page, id: string): Promise<string> => page.locator(`#${id}`).innerText();

describe('with tabs that train', () => {
  let server: TestServer;
  const tabs: Page[] = [];
  beforeAll(async () => {
    server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }, { graceMs: 3000 }),
      1000,
      { allowsNames: false },
    );
    const budgets = ['192KiB', '512KiB', '4MiB'];
    tabs.push(
      ...(await Promise.all(budgets.map((budget) => openTab(browser, server.url, { budget, name: 'RUDE' })))),
    );
    await untilStatus(server.url, ({ accepted, score }) => accepted >= 12 && score > 0);
  });
  afterAll(async () => {
    for (const tab of tabs) await tab.context().close();
    await server.close();
  });

  it('shows the run as the server has it, the past of it to whoever comes late', async () => {
    const page = await openDashboard(server.url);
    await page.locator('.tile').nth(2).waitFor();
    const run = await statusOf(server.url);
    await expect
      .poll(async () => Number((await textOf(page, 'version')).replace(',', '')))
      .toBeGreaterThanOrEqual(run.version);
    expect(await textOf(page, 'score')).toMatch(/^\d+\.\d.%$/);
    expect(await textOf(page, 'address')).toBe(server.url.replace('http://', ''));
    expect(await page.locator('#qr path').getAttribute('d')).toMatch(/^M/);
    // All that was evaluated before the page came is in its curve.
    expect(await page.locator('#score-chart canvas').count()).toBe(1);
    expect(await page.locator('#score-chart').getAttribute('aria-label')).toMatch(
      /^accuracy over time, now \d/,
    );
    const tiles = await page.locator('.tile').allInnerTexts();
    expect(tiles.length).toBe(3);
    for (const text of tiles)
      expect(text).toMatch(/(training|waiting)[\s\S]*Chrome \d+[\s\S]* of (192 KiB|512 KiB|4 MiB)/);
    expect(await page.locator('body').innerText()).not.toContain('RUDE');
    // Ten classes and their names.
    await page.locator('.confusion').waitFor();
    expect(await page.locator('.confusion td.right').count()).toBe(10);
    expect(await page.locator('.part-row').count()).toBe(3);
    await page.locator('#arena svg').waitFor();
    expect(await page.locator('#payload-other').innerText()).toMatch(/iB$/);
    await page.context().close();
  });

  it('tells a device that is asleep, and one that is gone', async () => {
    const page = await openDashboard(server.url);
    await page.locator('.tile').nth(2).waitFor();
    const tab = tabs.pop()!;
    await tab.context().close();
    await page.locator('.tile[data-state="asleep"]').waitFor();
    await page.locator('.tile[data-state="gone"]').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Show 1 gone' }).click();
    expect(await page.locator('.tile[data-state="gone"]').isVisible()).toBe(true);
    await page.context().close();
  });

  it('says that the connection is lost, and goes on by itself', async () => {
    const line = await openCuttableLine(server.port);
    const page = await openDashboard(line.url);
    await page.locator('.tile').first().waitFor();
    line.cut();
    await page.getByText('Connection lost, trying again').waitFor();
    const before = await textOf(page, 'updates');
    line.mend();
    await page.getByText('Live', { exact: true }).waitFor();
    await expect.poll(() => textOf(page, 'updates'), { timeout: 20_000 }).not.toBe(before);
    await page.context().close();
    line.close();
  });

  for (const [name, viewport] of Object.entries(SCREENS)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits a ${name} in ${colorScheme}, and axe finds nothing`, async () => {
        const page = await openDashboard(server.url, { viewport, colorScheme });
        await page.locator('#arena svg').waitFor();
        await page.locator('#mistakes canvas').first().waitFor();
        await keepPicture(page, `dashboard-${name}-${colorScheme}`);
        await axeFindsNothing(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
        await page.context().close();
      });
    }
  }
});

describe('with the token', () => {
  it('slows devices down, holds them and ends the run, and the devices say so', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }),
    );
    try {
      const tab = await openTab(browser, server.url, { flops: 4e9 });
      await untilStatus(server.url, ({ accepted }) => accepted >= 1);
      const page = await openDashboard(server.url, {}, `#token=${server.adminToken}`);
      expect(page.url()).not.toContain(server.adminToken);
      await page.getByLabel('Make').selectOption('all');
      await page.getByRole('button', { name: 'Slow down' }).click();
      await tab.getByText('made 10 times slower').waitFor();
      await page.locator('.tile', { hasText: '10× slower' }).waitFor();
      await page.getByRole('button', { name: 'All at full speed' }).click();
      await page.locator('.tile', { hasText: '10× slower' }).waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Pause all' }).click();
      await tab.getByText('Paused for all').waitFor();
      await page.getByText('Paused', { exact: true }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Go on' }).click();
      await tab.getByText(/Local step \d/).waitFor();

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Model (safetensors)' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('model.safetensors');
      await axeFindsNothing(page);
      await keepPicture(page, 'dashboard-desk');
      page.on('dialog', (dialog) => void dialog.accept());
      await page.getByRole('button', { name: 'End the run' }).click();
      await tab.getByText('This run has ended.').waitFor();
      await page.getByText('Ended', { exact: true }).waitFor();
      await Promise.all([tab, page].map((each) => each.context().close()));
    } finally {
      await server.close();
    }
  });

  it('is read-only with a wrong one', async () => {
    const server = await startTestServer(testRun('ftte', {}));
    try {
      const page = await openDashboard(server.url);
      const refused = page.waitForResponse(/api\/admin\/check/);
      await page.goto(`${server.url}/dashboard?again#token=wrong`);
      expect((await refused).status()).toBe(401);
      expect(await page.locator('#desk').isVisible()).toBe(false);
      await page.context().close();
    } finally {
      await server.close();
    }
  });
});

describe('with two hundred devices', () => {
  it('keeps their tiles and writes only what has changed', async () => {
    const server = await startTestServer(
      testRun('ftte', { trigger: { kind: 'buffer', size: 20, deadlineMs: 0 } }, { concurrency: NUM_DEVICES }),
      10,
    );
    const { model } = server.runs[0]!.task;
    const sizes = parametersOf(model).map(({ size }) => size);
    const devices: LoadDevice[] = [];
    try {
      for (let i = 0; i < NUM_DEVICES; i++) {
        const device = await connectLoadDevice(server.url, { numTensors: sizes.length });
        devices.push(device);
        await device.join({ device: { ...LOAD_JOIN.device, browser: 'Chrome 156 (Android)' } });
        await device.send('ready', { held: sizes.map(() => -1) });
      }
      const page = await openDashboard(server.url, { viewport: SCREENS.projector });
      await page
        .locator('.tile')
        .nth(NUM_DEVICES - 1)
        .waitFor({ state: 'attached' });
      await page.evaluate(() => {
        const tiles = [...document.querySelectorAll('.tile')];
        const frames: number[] = [];
        let last = performance.now();
        const frame = (now: number): void => {
          frames.push(now - last);
          last = now;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        Object.assign(window, { tiles, frames });
      });

      // Everybody hands in one update, then ten devices another.
      const rounds = [devices, devices.slice(0, 10)];
      for (const round of rounds) {
        for (const device of round) {
          const { assignment } = await device.nextAssignment();
          const delta = new Float32Array(schemeSize(model, assignment.scheme));
          await device.update(assignment.assignmentId, delta);
        }
      }
      await expect.poll(() => textOf(page, 'updates'), { timeout: 20_000 }).toBe(String(NUM_DEVICES + 10));
      await expect.poll(() => page.locator('.tile .facts').first().innerText()).toMatch(/updates\s+2/);

      const seen = await page.evaluate(() => {
        const { tiles, frames } = window as unknown as { tiles: Element[]; frames: number[] };
        const now = [...document.querySelectorAll('.tile')];
        const sorted = [...frames].sort((a, b) => a - b);
        return {
          isKept: now.length === tiles.length && now.every((tile, i) => tile === tiles[i]),
          median: sorted[Math.floor(sorted.length / 2)]!,
          p95: sorted[Math.floor(sorted.length * 0.95)]!,
          count: frames.length,
        };
      });
      expect(seen.isKept).toBe(true);
      console.log(
        `dashboard with ${NUM_DEVICES} tiles: ${seen.count} frames, median ${seen.median.toFixed(1)} ms, 95 % within ${seen.p95.toFixed(1)} ms`,
      );

      await keepPicture(page, 'dashboard-200');

      // One device alone does something: one tile alone is written.
      await page.evaluate(() => {
        const touched = new Set<Element>();
        new MutationObserver((records) => {
          for (const { target } of records) {
            const node = target instanceof Element ? target : target.parentElement!;
            const tile = node.closest('.tile');
            if (tile) touched.add(tile);
          }
        }).observe(document.getElementById('tiles')!, {
          subtree: true,
          childList: true,
          characterData: true,
          attributes: true,
        });
        Object.assign(window, { touched });
      });
      devices[7]!.close();
      await page.locator('.tile[data-state="asleep"]').waitFor();
      expect(await page.evaluate(() => (window as unknown as { touched: Set<Element> }).touched.size)).toBe(
        1,
      );
      await page.context().close();
    } finally {
      for (const device of devices) device.close();
      await server.close();
    }
  });
});
