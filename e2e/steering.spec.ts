// A teacher's desk on a real server with real tabs: what is changed is seen by all, and no tab is touched for it.

import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceName } from '../shared/deviceName.ts';
import type { RunStatus, ServerStatus } from '../shared/contract/status.ts';
import { launchChromium } from './chromium.ts';
import { keepPicture } from './testing/pictures.ts';
import { axeFindsNothing } from './testing/axe.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const SCREENS = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1366, height: 768 },
  projector: { width: 1920, height: 1080 },
};
const NUM_TABS = 6;
/** About 40 ms a local step, ten steps an assignment: what a machine is busy with beside it matters little. */
const FLOPS = 1e9;
const POLL = { timeout: 60_000, interval: 100 };

let browser: Browser;
let server: TestServer;
let tabs: Page[] = [];
let desk: Page;

beforeAll(async () => {
  browser = await launchChromium();
  server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }));
  tabs = await Promise.all(
    Array.from({ length: NUM_TABS }, (_, i) =>
      openTab(browser, server.url, { flops: FLOPS, dataSeed: i, budget: '4MiB' }),
    ),
  );
  desk = await openDashboard({ viewport: SCREENS.laptop }, `#token=${server.adminToken}`);
  desk.on('dialog', (dialog) => void dialog.accept());
  await desk.getByRole('heading', { name: 'Steer' }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

async function openDashboard(options: BrowserContextOptions, hash = ''): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${server.url}/dashboard${hash}`);
  await page.getByText('Live', { exact: true }).waitFor();
  return page;
}

async function runsNow(): Promise<readonly RunStatus[]> {
  return ((await (await fetch(`${server.url}/api/status`)).json()) as ServerStatus).runs;
}

const versionNow = async (): Promise<number> => (await runsNow())[0]!.version;
const told = (text: RegExp | string) => desk.locator('#desk-told').getByText(text).waitFor(POLL);

async function expectMoreVersions(count: number): Promise<void> {
  const before = await versionNow();
  await expect.poll(versionNow, POLL).toBeGreaterThanOrEqual(before + count);
}

/** Versions of the two runs that are compared. */
async function both(): Promise<{ fedAvg: number; ftte: number }> {
  const runs = await runsNow();
  const versionOf = (strategy: string): number => runs.find((run) => run.strategy === strategy)!.version;
  return { fedAvg: versionOf('fedAvg'), ftte: versionOf('ftte') };
}

describe('with the token', () => {
  it('changes the strategy, K and the rates of a run that goes on', async () => {
    await expectMoreVersions(2);
    await desk.getByLabel('Strategy').selectOption('fedavg');
    await desk.getByLabel('Local rate').fill('0.02');
    await desk.getByRole('button', { name: 'Change' }).click();
    await told(/^Changed/);
    await desk.getByRole('heading', { name: 'Cohort' }).waitFor();
    await desk.getByText('everybody waits for the slowest').waitFor();
    await desk.getByText('local rate 0.02').waitFor();
    expect(await desk.locator('#run-title').innerText()).toContain('FedAvg');
    await expectMoreVersions(2);
    expect(server.runs[0]!.federation().refusals).toEqual({});

    await desk.getByLabel('Strategy').selectOption('ftte');
    await desk.getByLabel('K', { exact: true }).fill('3');
    await desk.getByLabel('Subset').selectOption('tailored');
    await desk.getByRole('button', { name: 'Change' }).click();
    await desk.getByRole('heading', { name: 'Buffer' }).waitFor();
    await desk.getByText('Trained: a part for each').waitFor();
    await expectMoreVersions(2);
    expect(server.runs[0]!.config.strategy.trigger).toMatchObject({ kind: 'buffer', size: 3 });
  });

  it('begins anew: the devices follow by themselves, and the curves start again', async () => {
    const before = await Promise.all(tabs.map(deviceStateOf));
    const old = server.runs[0]!.config.id;
    await desk.getByRole('button', { name: 'Begin anew' }).click();
    await told(/^Begun anew/);
    const { config } = server.runs[0]!;
    expect(config.id).not.toBe(old);
    expect(config.subset).toEqual({ kind: 'tailored', floorBytes: 0 });
    for (const [i, tab] of tabs.entries()) {
      await tab.getByText(/Local step \d/).waitFor();
      const { run, deviceId } = await deviceStateOf(tab);
      expect(run).toBe(config.id);
      expect(deviceId).not.toBe(before[i]!.deviceId);
    }
    await expectMoreVersions(1);
    await expect.poll(() => desk.locator('.tile').count()).toBe(NUM_TABS);
    // The clock of the page is that of the new run.
    await expect.poll(() => desk.locator('#time').innerText()).toMatch(/^0:[0-5]\d$/);
  });

  it('takes a device out: its page says so, a reload does not bring it back, a tap does', async () => {
    const [tab] = tabs as [Page];
    const { deviceId } = await deviceStateOf(tab);
    await desk.getByRole('button', { name: `Remove ${deviceName(deviceId)}` }).click();
    await tab.getByText('This tab no longer takes part.').waitFor();
    await tab.reload();
    await tab.getByText('This tab no longer takes part.').waitFor();
    await tab.getByRole('button', { name: 'Join again' }).click();
    await tab.getByText(/Local step \d/).waitFor();
    expect((await deviceStateOf(tab)).deviceId).not.toBe(deviceId);
  });

  it('shows the hardware as a table that can be sorted', async () => {
    await desk.getByRole('button', { name: 'Table' }).click();
    const rows = desk.locator('#hardware tbody tr');
    await expect.poll(() => rows.count()).toBe(NUM_TABS);
    await desk
      .locator('#hardware path[d^="M"]')
      .nth(NUM_TABS - 1)
      .waitFor({ state: 'attached' });
    await desk.getByRole('button', { name: 'Up', exact: true }).click();
    await desk.locator('#hardware th[aria-sort="descending"]').getByText('Up').waitFor();
    const text = (await rows.first().innerText()).replaceAll('\u00a0', ' ');
    expect(text).toMatch(/Chrome \d+.*\d ms.*of 4 MiB.*[KM]iB/s);
    await desk.getByRole('button', { name: 'Pause all' }).click();
    await axeFindsNothing(desk);
    await keepPicture(desk, 'steering-table');
    await desk.getByRole('button', { name: 'Go on' }).click();
    await desk.getByRole('button', { name: 'Table' }).click();
  });

  it('compares FedAvg and FTTE: with slow devices among both, FedAvg stalls and FTTE goes on', async () => {
    await desk.getByRole('button', { name: 'Compare FedAvg and FTTE' }).click();
    await told(/begin\.$/);
    await desk.getByRole('heading', { name: 'One fleet' }).waitFor();
    // Both halves are alike.
    await expect
      .poll(async () => (await runsNow()).map(({ devices }) => devices.length), POLL)
      .toEqual([NUM_TABS / 2, NUM_TABS / 2]);
    await desk.getByRole('radio', { name: /FTTE/ }).check();
    await expect.poll(() => desk.locator('#run-title').innerText()).toContain('FTTE');
    await desk.getByLabel('K', { exact: true }).fill('2');
    await desk.getByRole('button', { name: 'Change' }).click();
    await told(/^Changed/);
    await expect.poll(async () => Math.min(...Object.values(await both())), POLL).toBeGreaterThanOrEqual(3);

    await desk.getByRole('button', { name: 'Slow down' }).click();
    await told('Half of the devices that are here: 10 times slower, as many for each model.');
    // Work that was out at full speed is in by the next version.
    const begun = await both();
    await expect.poll(async () => (await both()).fedAvg, POLL).toBeGreaterThan(begun.fedAvg);
    const before = await both();
    await expect.poll(async () => (await both()).ftte, POLL).toBeGreaterThanOrEqual(before.ftte + 15);
    const after = await both();
    const made = { fedAvg: after.fedAvg - before.fedAvg, ftte: after.ftte - before.ftte };
    console.log(`versions in the same time, a third of each half 10x slower: ${JSON.stringify(made)}`);
    expect(made.fedAvg * 3).toBeLessThan(made.ftte);

    // Everybody who looks sees it.
    const page = await openDashboard({ viewport: SCREENS.projector });
    await page.locator('#compare-chart canvas').waitFor();
    await expect
      .poll(async () => {
        const figures = await page.locator('.compare-figure.versions b').allInnerTexts();
        return Number(figures[1]!.replace(',', '')) > Number(figures[0]!.replace(',', ''));
      })
      .toBe(true);
    expect(await page.locator('#compare-chart').getAttribute('aria-label')).toMatch(
      /^accuracy over time: FedAvg .* after \d+.versions?; FTTE .* after \d+.versions$/,
    );
    expect(await page.locator('#qr path').count()).toBe(1);
    await page.context().close();
  });

  it('shows both in every size, light and dark, and axe finds nothing', async () => {
    // Nothing moves meanwhile.
    await desk.getByRole('button', { name: 'Pause all' }).click();
    await desk.getByText('Paused', { exact: true }).waitFor();
    const page = await (await browser.newContext()).newPage();
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(`${server.url}/dashboard`);
    await page.locator('#compare-chart canvas').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries(SCREENS)) {
        await page.setViewportSize(viewport);
        await keepPicture(page, `compare-${size}-${colorScheme}`);
      }
      await axeFindsNothing(page);
    }
    await page.context().close();
    await desk.getByRole('button', { name: 'Go on' }).click();
  });

  it('goes back to one model, for all devices', async () => {
    await desk.getByRole('button', { name: 'FTTE alone' }).click();
    await expect.poll(() => desk.locator('#compare').isVisible(), POLL).toBe(false);
    await expect
      .poll(async () => (await runsNow()).map(({ devices }) => devices.length), POLL)
      .toEqual([NUM_TABS]);
  });
});

describe('without it', () => {
  it('the page only looks, and the server obeys nobody', async () => {
    const page = await openDashboard({ viewport: SCREENS.laptop });
    await page.locator('.tile').first().waitFor();
    expect(await page.locator('#desk').isVisible()).toBe(false);
    expect(await page.locator('.tile .out').first().isVisible()).toBe(false);
    const before = (await runsNow()).map(({ id, strategy }) => [id, strategy]);
    for (const command of [
      { kind: 'settings', strategy: 'fedavg' },
      { kind: 'begin' },
      { kind: 'remove', deviceId: 'd0' },
    ]) {
      const answer = await fetch(`${server.url}/api/admin/steer`, {
        method: 'POST',
        body: JSON.stringify(command),
      });
      expect(answer.status).toBe(401);
    }
    expect((await runsNow()).map(({ id, strategy }) => [id, strategy])).toEqual(before);
    await page.context().close();
  });
});
