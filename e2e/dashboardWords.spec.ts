// The dashboard in German: nothing that its English catalogue says is seen, said to screen readers or asked, whatever is opened.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { leavesOf } from '../client/common/testing/leavesOf.ts';
import { ENGLISH } from '../client/dashboard/english.ts';
import { GERMAN } from '../client/dashboard/german.ts';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../server/testing/loadDevice.ts';
import { parametersOf } from '../shared/engine/model.ts';
import { schemeSize } from '../shared/engine/scheme.ts';
import { launchChromium } from './chromium.ts';
import { keepPicture } from './testing/pictures.ts';
import { axeFindsNothing } from './testing/axe.ts';
import { untilStatus } from './testing/statusOf.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const SCREENS = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1280, height: 800 },
};

/** What stands in sentences with figures, too; none of them is a German word. */
const ENGLISH_WORDS =
  /(?<!\p{L})(the|of|and|is|are|with|to|by|has|have|not|yet|all|this|what|who|updates?|devices?|versions|trains?|training|waiting|asleep|gone|now|time|target|age)(?!\p{L})/u;

let browser: Browser;
let server: TestServer;
const devices: LoadDevice[] = [];
beforeAll(async () => {
  browser = await launchChromium();
  server = await startTestServer(
    testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }),
    10,
    {
      allowsNames: false,
    },
  );
  // The first narrows the others, once its updates count.
  for (const kib of [192, 512, 4096]) devices.push(await joinWith(kib * 1024));
  for (let round = 0; round < 4; round++) for (const device of devices) await train(device);
  await untilStatus(server.url, ({ score }) => score > 0);
});
afterAll(async () => {
  for (const device of devices) device.close();
  await browser.close();
  await server.close();
});

async function joinWith(budgetBytes: number): Promise<LoadDevice> {
  const numTensors = parametersOf(server.runs[0]!.task.model).length;
  const device = await connectLoadDevice(server.url, { numTensors });
  await device.join({ budgetBytes, device: { ...LOAD_JOIN.device, browser: 'Chrome 156 (Android)' } });
  await device.send('ready', { held: Array.from({ length: numTensors }, () => -1) });
  return device;
}

/** One update, which changes nothing; the next assignment follows it. */
async function train(device: LoadDevice): Promise<void> {
  const { assignment } = await device.nextAssignment();
  const delta = new Float32Array(schemeSize(server.runs[0]!.task.model, assignment.scheme));
  expect(await device.update(assignment.assignmentId, delta)).toMatchObject({ ok: true });
}

async function openDashboard(query: string, options: BrowserContextOptions, live: string): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${server.url}/dashboard${query}#token=${server.adminToken}`);
  await page.getByText(live, { exact: true }).waitFor();
  await page.locator('#desk').waitFor();
  await page.locator('#arena svg').waitFor();
  await page.locator('#mistakes canvas').first().waitFor();
  await page.locator('#narrowing button').waitFor();
  return page;
}

/** All that is seen, and that screen readers are told; names of devices and whoever made a browser are left out. */
async function saidBy(page: Page): Promise<string> {
  return page.evaluate(() => {
    const said = [document.title, document.body.innerText];
    for (const each of document.querySelectorAll('option')) said.push(each.textContent);
    for (const each of document.querySelectorAll('[aria-label]')) said.push(each.getAttribute('aria-label')!);
    for (const each of document.querySelectorAll('#arena svg text, #arena svg title'))
      said.push(each.textContent);
    for (const each of document.querySelectorAll('.visually-hidden')) said.push(each.textContent);
    return said.join('\n');
  });
}

function expectNoEnglish(said: string): void {
  const german = new Map(leavesOf(GERMAN));
  const lines = said.split('\n').map((line) => line.trim());
  for (const [path, text] of leavesOf(ENGLISH)) {
    if (typeof text !== 'string' || text === '' || german.get(path) === text) continue;
    const isShort = !text.includes(' ');
    const found = isShort ? lines.includes(text) && !isGerman(text, german) : said.includes(text);
    expect(found, `${path}: ${text}`).toBe(false);
  }
  // Names of tensors are no words.
  for (const line of lines) expect(line.replace(/\S+\.\S+/g, '')).not.toMatch(ENGLISH_WORDS);
}

/** Short words may be German of something else. */
function isGerman(text: string, german: ReadonlyMap<string, unknown>): boolean {
  return [...german.values()].includes(text);
}

it('says nothing in English to who asked for German, walks and questions included', async () => {
  const page = await openDashboard('?lang=de', { viewport: SCREENS.laptop }, GERMAN.status.live);
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  expect(await page.title()).toBe('Minnow-Dashboard');
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  await page.getByRole('button', { name: 'Tabelle' }).click();
  await page.locator('#hardware tbody tr').nth(2).waitFor();
  expectNoEnglish(await saidBy(page));

  await page.getByRole('button', { name: 'Neu beginnen' }).click();
  await page.getByRole('button', { name: 'FedAvg und FTTE vergleichen' }).click();
  await page.getByRole('button', { name: 'Lauf beenden' }).click();
  await page.locator('.tile .out').first().click();
  expect(asked.length).toBe(4);
  asked.forEach(expectNoEnglish);

  // Each thing that the desk tells.
  const told = page.locator('#desk-told');
  const tells = async (text: string | RegExp): Promise<void> => {
    await told.getByText(text).waitFor();
    expectNoEnglish(await told.innerText());
  };
  await page.getByRole('button', { name: 'Verlangsamen' }).click();
  await tells(/^Von den Geräten, die da sind: die Hälfte 10-mal langsamer\.$/);
  expectNoEnglish(await saidBy(page));
  await page.getByRole('button', { name: 'Alle in vollem Tempo' }).click();
  await tells(GERMAN.desk.unslowed);
  await page.getByLabel('Lokale Rate').fill('0.02');
  await page.getByRole('button', { name: 'Ändern' }).click();
  await tells(GERMAN.desk.changed);
  await page.getByText('lokale Rate 0,02').waitFor();

  // Who narrows the others is let off, and back.
  const narrowing = page.locator('#narrowing');
  await narrowing.getByRole('button', { name: GERMAN.parts.exempt }).click();
  await tells(/beschränkt jetzt niemanden\.$/);
  await narrowing.getByText(GERMAN.parts.narrowsNobody).waitFor();
  await narrowing.getByRole('button', { name: GERMAN.parts.unexempt }).click();
  await tells(/darf wieder alle beschränken\.$/);

  await page.getByRole('button', { name: 'Alle pausieren' }).click();
  await page.getByText('Pausiert', { exact: true }).waitFor();
  await page.getByText('Von der Leitung für alle pausiert.').waitFor();
  expectNoEnglish(await saidBy(page));
  await page.getByRole('button', { name: 'Weiter' }).click();
  await page.getByText(GERMAN.status.live, { exact: true }).waitFor();
  await page.context().close();
});

it('speaks as the browser does, and goes to the other language and back', async () => {
  const page = await openDashboard('', { locale: 'de-AT', viewport: SCREENS.laptop }, GERMAN.status.live);
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByText(ENGLISH.status.live, { exact: true }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  // The token is kept, and the choice, too.
  await page.getByRole('heading', { name: 'Steer' }).waitFor();
  await page.goto(`${server.url}/dashboard`);
  await page.getByText(ENGLISH.status.live, { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Steuern' }).waitFor();
  await page.context().close();
});

for (const [size, viewport] of Object.entries(SCREENS)) {
  for (const [language, { status }] of Object.entries({ en: ENGLISH, de: GERMAN })) {
    it(`fits a ${size} in ${language}, light and dark, and axe finds nothing`, async () => {
      const page = await openDashboard(`?lang=${language}`, { viewport }, status.live);
      await page.locator('#show-hardware').click();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await keepPicture(page, `dashboard-${language}-${size}-${colorScheme}`);
        await axeFindsNothing(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
        expect(await cutOffIn(page)).toEqual([]);
      }
      await page.context().close();
    });
  }
}

/** Texts that are wider than what holds them, where nothing scrolls or says so by an ellipsis. */
function cutOffIn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cut: string[] = [];
    for (const each of document.querySelectorAll<HTMLElement>('main *, footer *')) {
      if (each.closest('.scroll, svg, canvas, [hidden], .chart, .visually-hidden')) continue;
      if (getComputedStyle(each).textOverflow === 'ellipsis' || each.clientWidth === 0) continue;
      const isText = [...each.childNodes].some(
        ({ nodeName, nodeValue }) => nodeName === '#text' && nodeValue!.trim(),
      );
      if (!isText && !each.matches('form, label, ul, dl')) continue;
      if (each.scrollWidth > each.clientWidth + 1)
        cut.push(`${each.tagName} ${each.className}: ${each.innerText}`);
    }
    return cut;
  });
}
