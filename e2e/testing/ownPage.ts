// The join page's section of own data for tests: a real server and browser, and what a person does with pointer and files.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devices, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { ServerOptions } from '../../server/startServer.ts';
import { createRandom } from '../../shared/random.ts';
import { createWriter, writeDigit } from '../../shared/tasks/digits/writer.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { launchChromium } from '../chromium.ts';
import { axeFindsNothing } from './axe.ts';
import { keepPicture } from './pictures.ts';
import { deviceStateOf } from './tabs.ts';
import { startTestServer, testRun, type TestServer } from './testServer.ts';

export const PHONE: BrowserContextOptions = {
  ...devices['iPhone 13']!,
  viewport: { width: 390, height: 844 },
};
export const SCREENS: Record<string, BrowserContextOptions> = {
  phone: PHONE,
  laptop: { viewport: { width: 1366, height: 768 } },
  projector: { viewport: { width: 1920, height: 1080 } },
};
const SIDE = 28;
/** For tasks of a few samples, at random: noise has no people. */
export const SMALL_SHARDS: Partial<ServerOptions> = {
  numShards: 4,
  samplesPerShard: 30,
  dealing: { kind: 'iid' },
};
/** Training goes on beside what a test is about, and leaves it the processor. */
const CALM_TEMPO_MS = 1000;
const CALM_EVALUATION_MS = 60_000;

export interface OwnScene {
  /** Of this file's tests alone. */
  readonly folder: string;
  /** The newest that was started. */
  readonly server: TestServer;
  /** A run that steps at each update; of a task of the test's own where one is given. Resolves to its address. */
  start(task?: TaskDefinition, more?: Partial<ServerOptions>, pace?: 'calm' | 'full'): Promise<string>;
  /** The join page, with its section of own data. */
  openPage(url: string, options?: BrowserContextOptions, search?: string): Promise<Page>;
}

/** For the tests of a file, in the browser that they share. */
export function setOwnScene(kind: 'shell' | 'whole' = 'shell'): OwnScene {
  let browser: Browser;
  let folder: string;
  let server: TestServer | null = null;
  beforeAll(async () => {
    browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1'], kind);
    folder = mkdtempSync(join(tmpdir(), 'minnow-own-page-'));
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server?.close();
    server = null;
  });
  return {
    get folder() {
      return folder;
    },
    get server() {
      return server!;
    },
    async start(task = findTask('digits'), more = {}, pace = 'calm') {
      const isCalm = pace === 'calm';
      const run = testRun(
        'ftte',
        { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } },
        {
          task: task.id,
          localWork: { ...task.localWork, maxSteps: 10 },
          tempoMs: isCalm ? CALM_TEMPO_MS : 0,
        },
      );
      const calm = isCalm ? { evaluateEveryMs: CALM_EVALUATION_MS } : {};
      server = await startTestServer(run, 240, { ...calm, ...more });
      return server.url;
    },
    async openPage(url, options = {}, search = '') {
      const page = await (await browser.newContext({ reducedMotion: 'reduce', ...options })).newPage();
      await page.goto(`${url}/${search}`);
      await page.locator('#own-card').waitFor();
      return page;
    },
  };
}

/** With the patience that a busy machine needs. */
export const untilReads = (where: Locator, wanted: RegExp): Promise<void> =>
  expect.poll(() => where.innerText(), { timeout: 30_000 }).toMatch(wanted);

export const ownOf = async (page: Page) => (await deviceStateOf(page)).own;
export const samplesAre = (page: Page, count: number) =>
  page.waitForFunction((wanted) => window.minnow.state.own.samples === wanted, count);
/** Looks at the page in full: nothing sticks out, axe finds nothing, and the picture is kept where that is wanted. */
export async function inspect(page: Page, name: string): Promise<void> {
  await keepPicture(page, `own-${name}`);
  const [inner, whole] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  expect(whole).toBeLessThanOrEqual(inner!);
  const sticksOut = await page.locator('#own-card').evaluate((card) => {
    const { left, right } = card.getBoundingClientRect();
    return [...card.querySelectorAll('*')]
      .filter((each) => each.getClientRects().length > 0 && !each.closest('.own-unseen, .own-file'))
      .filter((each) => {
        const box = each.getBoundingClientRect();
        return box.left < left - 1 || box.right > right + 1;
      })
      .map((each) => each.outerHTML.slice(0, 120));
  });
  expect(sticksOut).toEqual([]);
  await axeFindsNothing(page);
}

type Point = readonly [across: number, down: number];

/** Where on the page a point of a drawing is, whose side is `SIDE`. */
async function placeOf(page: Page): Promise<(point: Point) => [number, number]> {
  const canvas = page.getByRole('application');
  await canvas.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = (await canvas.boundingBox())!;
  return ([across, down]) => [box.x + (box.width * across) / SIDE, box.y + (box.height * down) / SIDE];
}

async function stroke(page: Page, points: readonly [number, number][]): Promise<void> {
  await page.mouse.move(...points[0]!);
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...point);
  await page.mouse.up();
}

/** Draws by pointer as a writer writes it; `lying`: turned on its side, as nobody the model knows does. */
export async function draw(page: Page, digit: number, sample: number, lying = false): Promise<void> {
  const place = await placeOf(page);
  for (const path of writeDigit(createWriter(11, 3), digit, SIDE, createRandom(sample))) {
    // Every third node, the last included: the page makes curves of them.
    const nodes = Array.from({ length: path.length / 3 }, (_, i) => i).filter(
      (i) => i % 3 === 0 || 3 * i + 3 === path.length,
    );
    const points = nodes.map((i): Point => [path[3 * i]!, path[3 * i + 1]!]);
    await stroke(
      page,
      points.map(([x, y]) => place(lying ? [y, SIDE - x] : [x, y])),
    );
  }
}

/** Draws something, quickly: where it is of no interest what. */
export async function scribble(page: Page, sample: number): Promise<void> {
  const place = await placeOf(page);
  await stroke(page, [place([8 + sample, 6]), place([19, 13]), place([9, 22 - sample])]);
}

export const tile = (page: Page, name: string) =>
  page.locator('.own-name', { hasText: new RegExp(`^${name}$`) });

/** Held in the hand of somebody who writes on the side of the page. */
export async function addLying(page: Page, digits: readonly number[], each: number): Promise<void> {
  let count = (await ownOf(page)).samples;
  for (let sample = 0; sample < each; sample++)
    for (const digit of digits) {
      await draw(page, digit, 100 * digit + sample, true);
      await tile(page, String(digit)).click();
      await samplesAre(page, ++count);
    }
}
