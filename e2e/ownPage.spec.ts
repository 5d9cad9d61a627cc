// Own data and trying the model, as a person does it on the join page: real pointers, real files, a real Worker and server.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { devices, type Browser, type BrowserContextOptions, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';
import type { ServerOptions } from '../server/startServer.ts';
import { sizeOf } from '../shared/engine/shapes.ts';
import { createRandom } from '../shared/random.ts';
import { createWriter, writeDigit } from '../shared/tasks/digits/writer.ts';
import type { TaskData, TaskDefinition } from '../shared/tasks/task.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

/** Kept for whoever wants to look. */
const SCREENSHOTS = fileURLToPath(new URL('../.cache/screenshots', import.meta.url));
const PHONE: BrowserContextOptions = { ...devices['iPhone 13']!, viewport: { width: 390, height: 844 } };
const SCREENS: Record<string, BrowserContextOptions> = {
  phone: PHONE,
  laptop: { viewport: { width: 1366, height: 768 } },
  projector: { viewport: { width: 1920, height: 1080 } },
};
const SIDE = 28;
/** For tasks of a few samples, at random: noise has no people. */
const SMALL_SHARDS: Partial<ServerOptions> = { numShards: 4, samplesPerShard: 30, dealing: { kind: 'iid' } };

const PLAIN_HTTP_HOST = ['--host-resolver-rules=MAP minnow.test 127.0.0.1'];
let browser: Browser;
let folder: string;
let server: TestServer | null = null;
beforeAll(async () => {
  browser = await launchChromium(PLAIN_HTTP_HOST);
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

/** A run that steps at each update; of a task of the test's own where one is given. */
async function start(
  task: TaskDefinition = findTask('digits'),
  more: Partial<ServerOptions> = {},
): Promise<string> {
  const { id, localWork } = task;
  const run = testRun(
    'ftte',
    { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } },
    { task: id, localWork: { ...localWork, maxSteps: 10 } },
  );
  server = await startTestServer(run, 240, more);
  return server.url;
}

/** The join page, with its section of own data. */
async function openPage(url: string, options: BrowserContextOptions = {}, search = ''): Promise<Page> {
  const page = await (await browser.newContext({ reducedMotion: 'reduce', ...options })).newPage();
  await page.goto(`${url}/${search}`);
  await page.locator('#own-card').waitFor();
  return page;
}

/** `expect.poll` with the patience that a busy machine needs. */
const until = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 30_000 });

const ownOf = async (page: Page) => (await deviceStateOf(page)).own;
const samplesAre = (page: Page, count: number) =>
  page.waitForFunction((wanted) => window.minnow.state.own.samples === wanted, count);

async function axeFindsNothing(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Looks at the page in full: nothing sticks out, axe finds nothing, and the picture is kept. */
async function inspect(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `own-${name}.png`), fullPage: true });
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

/** Draws by pointer as a writer writes it; `lying`: turned on its side, as nobody the model knows does. */
async function draw(page: Page, digit: number, sample: number, lying = false): Promise<void> {
  const canvas = page.getByRole('application');
  await canvas.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = (await canvas.boundingBox())!;
  const place = (x: number, y: number): [number, number] => {
    const [across, down] = lying ? [y, SIDE - x] : [x, y];
    return [box.x + (box.width * across) / SIDE, box.y + (box.height * down) / SIDE];
  };
  for (const path of writeDigit(createWriter(11, 3), digit, SIDE, createRandom(sample))) {
    // Every third node, the last included: the page makes curves of them.
    const nodes = Array.from({ length: path.length / 3 }, (_, i) => i).filter(
      (i) => i % 3 === 0 || 3 * i + 3 === path.length,
    );
    const points = nodes.map((i) => place(path[3 * i]!, path[3 * i + 1]!));
    await page.mouse.move(...points[0]!);
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...point);
    await page.mouse.up();
  }
}

const tile = (page: Page, name: string) => page.locator('.own-name', { hasText: new RegExp(`^${name}$`) });

/** Held in the hand of somebody who writes on the side of the page. */
async function addLying(page: Page, digits: readonly number[], each: number): Promise<void> {
  let count = (await ownOf(page)).samples;
  for (let sample = 0; sample < each; sample++)
    for (const digit of digits) {
      await draw(page, digit, 100 * digit + sample, true);
      await tile(page, String(digit)).click();
      await samplesAre(page, ++count);
    }
}

describe('digits', () => {
  for (const [name, context] of Object.entries({ phone: PHONE, desktop: SCREENS['laptop']! })) {
    it(`are drawn on a ${name}, labelled, counted, trained on, tried, made mine and deleted`, async () => {
      const page = await openPage(await start(), context);
      await page.waitForFunction(() => window.minnow.state.score > 0.7);

      await draw(page, 3, 1);
      await until(() => page.locator('.own-says').first().innerText()).toMatch(/Shared model\s+\d, \d+\s%/);
      await until(() => page.locator('.own-unseen[role="status"]').innerText()).toMatch(
        /^Shared model: \d, \d+\s%\.$/,
      );
      await tile(page, '3').click();
      await page.getByText('Added as “3”: 1 own sample of it now.').waitFor();
      await samplesAre(page, 1);
      expect(await ownOf(page)).toMatchObject({ samples: 1, heldOut: 0, use: 'both' });
      // Local work has them.
      await page.waitForFunction(() => window.minnow.state.samples === 241);
      await page.getByRole('radio', { name: 'mine alone' }).check();
      await page.waitForFunction(() => window.minnow.state.samples === 1 && !window.minnow.state.isDemoShard);
      await page.getByRole('button', { name: 'Take back the newest' }).click();
      await samplesAre(page, 0);

      // The model must not learn them from this very tab.
      await draw(page, 2, 0, true);
      await tile(page, '2').click();
      await samplesAre(page, 1);
      await page.getByRole('radio', { name: 'demo data' }).check();
      await page.waitForFunction(
        () => window.minnow.state.own.use === 'demo' && window.minnow.state.isDemoShard,
      );
      await addLying(page, [2, 7], 5);
      expect(await ownOf(page)).toMatchObject({ samples: 11, heldOut: 2 });
      await page.getByText('2 of them kept out of all training').waitFor();

      await page.getByRole('button', { name: 'Make it mine' }).click();
      await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
      const { globalAccuracy, personalAccuracy } = (await ownOf(page)).personal;
      expect(personalAccuracy).toBe(1);
      expect(globalAccuracy).toBeLessThan(1);
      const figures = await page.locator('.own-figures b').allInnerTexts();
      expect(figures.map((text) => Number.parseInt(text, 10))).toEqual(
        [globalAccuracy, personalAccuracy].map((share) => Math.round(100 * share)),
      );
      await draw(page, 7, 999, true);
      await until(() => page.locator('.own-says.mine').innerText()).toMatch(/7, \d+\s%/);
      await inspect(page, `digits-${name}`);

      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByText('Delete 11 own samples and your model?').waitFor();
      await page.getByRole('button', { name: 'Keep', exact: true }).click();
      expect((await ownOf(page)).samples).toBe(11);
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await samplesAre(page, 0);
      await page.getByText('All own samples and your model are deleted.').waitFor();
      expect((await ownOf(page)).personal.phase).toBe('none');
    }, 300_000);
  }

  it('are drawn and labelled by keyboard alone', async () => {
    const page = await openPage(await start());
    await page.getByRole('application').focus();
    await page.keyboard.press('Space');
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('1');
    await samplesAre(page, 1);
    expect((await ownOf(page)).perClass[1]).toBe(1);
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('1');
    await page.getByText('Draw something first').waitFor();
    await axeFindsNothing(page);
  });

  it('come from a picture file, and what is no picture is told by name', async () => {
    const page = await openPage(await start());
    const pictures = writePictures(await paintPictures(page, 1), ['seven.png']);
    writeFileSync(join(folder, 'broken.png'), 'no picture');
    const input = page.locator('.own-draw input[type="file"]');
    await input.setInputFiles(join(folder, 'broken.png'));
    await page.getByText('Not readable as pictures: broken.png.').waitFor();
    await input.setInputFiles(pictures);
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/\d, \d+\s%/);
    await tile(page, '7').click();
    await samplesAre(page, 1);
  });

  it('stay in the browser over a reload where the person wants it, and are gone when deleted', async () => {
    const page = await openPage(await start());
    await draw(page, 5, 1);
    await tile(page, '5').click();
    await samplesAre(page, 1);
    await page.getByRole('switch', { name: 'Keep them in this browser' }).check();
    await page.waitForFunction(() => window.minnow.state.own.isKept);
    await page.reload();
    await samplesAre(page, 1);
    await page.getByText('1 own sample', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete all' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await samplesAre(page, 0);
    await page.reload();
    await page.locator('#own-card').waitFor();
    await page.getByText('None yet').waitFor();
  });

  it('are tried and made mine when the run has ended, as long as its server is there', async () => {
    const page = await openPage(await start(), { locale: 'de-DE' });
    await draw(page, 3, 1);
    await tile(page, '3').click();
    await samplesAre(page, 1);
    server!.runs[0]!.end();
    await page.getByText('Der Lauf ist zu Ende. Sein Modell').waitFor();
    await draw(page, 3, 2);
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/\d, \d+\s%/);
    await page.getByRole('button', { name: 'Mach es zu meinem' }).click();
    await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
    await until(() => page.locator('.own-says.mine').innerText()).toMatch(/\d, \d+\s%/);
    await inspect(page, 'ended');

    await server!.close();
    server = null;
    await page.getByRole('button', { name: 'Leeren' }).click();
    await page.waitForFunction(() => window.minnow.state.own.deviceBytes === 0);
    await draw(page, 3, 3);
    await page.getByText('Das neueste Modell war nicht zu bekommen: der Server antwortet nicht.').waitFor();
  });

  it('are tried within a budget for one model at a time, and the page says that training rests', async () => {
    const page = await openPage(await start(), {}, '?budget=192KiB');
    await draw(page, 4, 1);
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/\d, \d+\s%/);
    await page.getByText('Training for the run rests meanwhile').waitFor();
    const { updates } = await deviceStateOf(page);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Training for the run rests meanwhile').waitFor({ state: 'hidden' });
    await page.waitForFunction((before) => window.minnow.state.updates > before, updates);
  });

  for (const [name, context] of Object.entries(SCREENS))
    for (const [colorScheme, locale] of [
      ['light', 'en-US'],
      ['dark', 'de-DE'],
    ] as const)
      it(`look well on a ${name} in ${colorScheme}, ${locale}`, async () => {
        const page = await openPage(await start(), { ...context, colorScheme, locale });
        for (let sample = 0; sample < 5; sample++) {
          await draw(page, 3, sample);
          await tile(page, '3').click();
          await samplesAre(page, sample + 1);
        }
        await page.locator('.own-personal button').click();
        await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
        await draw(page, 3, 9);
        await until(() => page.locator('.own-says.mine').innerText()).toMatch(/\d, \d+\s%/);
        await inspect(page, `${name}-${colorScheme}`);
      });
});

/** Samples of noise: what the models make of them is of no interest here. */
function noiseFor(task: TaskDefinition): TaskData {
  const random = createRandom(1);
  const size = sizeOf(task.model.input);
  const make = (count: number) => ({
    count,
    inputs:
      task.inputs === 'uint8'
        ? Uint8Array.from({ length: count * size }, () => random.integer(256))
        : Float32Array.from({ length: count * size }, () => random.normal()),
    labels: Uint8Array.from({ length: count }, (_, i) => i % task.classes.length),
    groups: null,
  });
  return { train: make(240), test: make(60) };
}

function withNoise(id: string): [TaskDefinition, Partial<ServerOptions>] {
  const task = findTask(id);
  const data = noiseFor(task);
  return [task, { ...SMALL_SHARDS, openTask: () => Promise.resolve({ task, data }) }];
}

/** PNG files of a seven on paper, one a little bluer than the other. */
async function paintPictures(page: Page, count: number): Promise<Buffer[]> {
  const urls = await page.evaluate((number) => {
    return Array.from({ length: number }, (_, i) => {
      const canvas = document.createElement('canvas');
      canvas.width = 120;
      canvas.height = 90;
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#f4f1ea';
      context.fillRect(0, 0, 120, 90);
      context.lineWidth = 7;
      context.strokeStyle = `rgb(20, 30, ${40 + 20 * i})`;
      context.beginPath();
      context.moveTo(40, 20);
      context.lineTo(80, 20);
      context.lineTo(55, 75);
      context.stroke();
      return canvas.toDataURL('image/png');
    });
  }, count);
  return urls.map((url) => Buffer.from(url.split(',')[1]!, 'base64'));
}

/** Paths of the files, which lie in the test's folder. */
function writePictures(pictures: readonly Buffer[], names: readonly string[]): string[] {
  return names.map((name, i) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pictures[i % pictures.length]!);
    return path;
  });
}

describe('pictures', () => {
  it('come from a folder by class, and what is not taken is told by name', async () => {
    const page = await openPage(await start(...withNoise('cifar10')));
    const names = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'Airplane/1.png', 'unicorn/1.png'];
    writePictures(
      await paintPictures(page, 2),
      names.map((name) => `pets/${name}`),
    );
    writeFileSync(join(folder, 'pets/dog/notes.txt'), 'good dog');
    writeFileSync(join(folder, 'pets/dog/.hidden'), '');
    await page.locator('input[webkitdirectory]').setInputFiles(join(folder, 'pets'));
    await samplesAre(page, 4);
    const { perClass } = await ownOf(page);
    expect([perClass[0], perClass[3], perClass[5]]).toEqual([1, 2, 1]);
    await page.getByText('Folders that are no class of this task: unicorn.').waitFor();
    await page.getByText('Not readable as pictures: notes.txt.').waitFor();
    await inspect(page, 'pictures-folder');
  });

  it('are chosen on a phone, looked at by the model, and said what they are, one or all', async () => {
    const page = await openPage(await start(...withNoise('cifar10')), PHONE);
    const files = writePictures(await paintPictures(page, 3), ['a.png', 'b.png', 'c.png']);
    await page.locator('.own-pictures input[accept="image/*"]').setInputFiles(files);
    await page.getByText('What is “a.png”? 2 more after it.').waitFor();
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/Shared model\s+\w+, \d+\s%/);
    await inspect(page, 'pictures-phone');
    await tile(page, 'cat').click();
    await samplesAre(page, 1);
    await page.getByLabel('All 2 are the same').check();
    await tile(page, 'dog').click();
    await samplesAre(page, 3);
    const { perClass } = await ownOf(page);
    expect([perClass[3], perClass[5]]).toEqual([1, 2]);
    await tile(page, 'dog').click();
    await page.getByText('Choose a picture first').waitFor();
  });
});

describe('rows of a CSV file', () => {
  const TASK = {
    id: 'flowers',
    model: { input: [2], layers: [{ kind: 'dense', name: 'head', units: 2 }], loss: 'softmaxCrossEntropy' },
    data: { format: 'csv', train: 'flowers.csv', test: { share: 0.25 }, label: 'kind' },
    classes: ['rose', 'tulip'],
    scaling: { kind: 'standardise' },
    metric: 'accuracy',
    floor: 0.5,
    target: 0.99,
  };

  it('are matched by their columns, told by line where they are wrong, added and tried', async () => {
    const random = createRandom(4);
    const rows = Array.from({ length: 200 }, (_, i) => {
      const petal = (i % 2 === 0 ? 3 : 6) + random.normal();
      return `${petal.toFixed(3)},${(20 + random.normal()).toFixed(2)},${TASK.classes[i % 2]}`;
    });
    writeFileSync(join(folder, 'flowers.csv'), `petal,stem,kind\n${rows.join('\n')}\n`);
    writeFileSync(join(folder, 'task.json'), JSON.stringify(TASK));
    const opened = await openOwnTask(join(folder, 'task.json'));
    const page = await openPage(
      await start(opened.task, { ...SMALL_SHARDS, openTask: () => Promise.resolve(opened) }),
    );

    const own = join(folder, 'garden.csv');
    writeFileSync(own, 'Stem;Kind;petal length\n19,5;rose;2,5\n21;tulip;x\n22;Tulip;6,25\n20;daisy;3\n');
    const input = page.locator('.own-table input[type="file"]');
    await input.setInputFiles(own);
    await page.getByText('Choose a column of the file for petal.').waitFor();
    await inspect(page, 'table-columns');
    await page.locator('#own-column-0').selectOption('petal length');
    await page.getByText('Read with semicolons between cells, decimal commas, utf-8.').waitFor();
    await page.getByText('line 3: column “petal length” must be a number, got “x”').waitFor();
    await page.getByText('line 5: column “Kind” must be a class (rose, tulip), got “daisy”').waitFor();
    await inspect(page, 'table-problems');
    await page.getByRole('button', { name: 'Add 2 rows' }).click();
    await samplesAre(page, 2);
    expect((await ownOf(page)).perClass).toEqual([1, 1]);

    await page.locator('#own-value-0').fill('9');
    await page.locator('#own-value-1').fill('20');
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/tulip, \d+\s%/);
    await page.locator('#own-value-0').fill('0.5');
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/rose, \d+\s%/);

    writeFileSync(own, 'nothing but a header\n');
    await input.setInputFiles(own);
    await page.getByText('“garden.csv” has no rows').waitFor();
  });

  it('are asked about where a number may mean two things, and read in another way when told to', async () => {
    writeFileSync(
      join(folder, 'flowers.csv'),
      'petal,stem,kind\n3,20,rose\n6,21,tulip\n3.5,19,rose\n7,22,tulip\n',
    );
    writeFileSync(join(folder, 'task.json'), JSON.stringify(TASK));
    const opened = await openOwnTask(join(folder, 'task.json'));
    const one = { ...SMALL_SHARDS, numShards: 1, samplesPerShard: 2 };
    const page = await openPage(
      await start(opened.task, { ...one, openTask: () => Promise.resolve(opened) }),
      { ...PHONE, locale: 'de-DE' },
    );
    const own = join(folder, 'garten.csv');
    writeFileSync(
      own,
      Buffer.from('\ufeffPetal;stem;kind\r\n2.071;0,5;rose\r\n3;19,5;tulip\r\n4;4;50K\r\n', 'utf16le'),
    );
    const input = page.locator('.own-table input[type="file"]');
    await input.setInputFiles(own);
    await page.getByText('Zeile 2: ist das Zeichen in „2.071“ (Spalte „Petal“) ein Dezimalzeichen').waitFor();
    expect(await page.getByRole('button', { name: /hinzufügen/ }).count()).toBe(0);
    await inspect(page, 'table-question');
    await page.getByLabel('Dezimalzeichen').selectOption(',');
    await page.getByText('Gelesen mit Semikolons zwischen den Zellen, Dezimalkommas, utf-16le.').waitFor();
    await page
      .getByText('Zeile 4: Spalte „kind“ muss eine Klasse (rose, tulip) sein, da steht „50K“')
      .waitFor();
    await inspect(page, 'table-dialect');
    expect(await page.locator('#own-value-0').inputValue()).toBe('2071');
    await page.getByRole('button', { name: '2\u00a0Zeilen hinzufügen' }).click();
    await samplesAre(page, 2);

    // Two ways to cut it, and letters of no one encoding: both are answered on the page.
    writeFileSync(own, 'petal;a,stem\n1;2,3\n');
    await input.setInputFiles(own);
    await page.getByText('„garten.csv“ lässt sich auf zwei Arten lesen').waitFor();
    await page.getByLabel('Zwischen den Zellen').selectOption(';');
    await page.getByText('Wähle eine Spalte der Datei für stem').waitFor();
    writeFileSync(own, Buffer.concat([Buffer.from('petal,stem,kind\n1,2,ü\n'), Buffer.of(0xfc, 10)]));
    await input.setInputFiles(own);
    await page.getByText('in Zeile 3 stehen Zeichen, die utf-8 nicht hat').waitFor();
    await page.getByLabel('Kodierung').selectOption('windows-1252');
    await page.getByText('Gelesen mit Kommas zwischen den Zellen, windows-1252.').waitFor();
  });
});

/** A machine that shakes when it is well, and is still when it is worn: unlike all others. */
function writeOddMachine(path: string): void {
  const random = createRandom(8);
  const rows = Array.from({ length: 60 }, (_, i) => {
    const [vibration, noise, temperature] = i % 2 === 0 ? [13, 76, 45] : [4, 68, 28];
    const cells = [1500 + 300 * random.normal(), 0.6, temperature, vibration + 0.3 * random.normal(), noise];
    return `${cells.map((cell) => cell!.toFixed(3)).join(',')},${i % 2 === 0 ? 'good' : 'worn'}`;
  });
  writeFileSync(path, `speed,load,temperature,vibration,noise,state\n${rows.join('\n')}\n`);
}

/** The example of docs/your-own-task.md, whose two classes are one output. */
describe('rows of a task of two classes', () => {
  const EXAMPLE = fileURLToPath(new URL('../docs/examples/bearings', import.meta.url));

  it('are added, trained on, tried and made a model of one’s own', async () => {
    const mine = join(folder, 'my-task');
    mkdirSync(mine);
    copyFileSync(join(EXAMPLE, 'task.json'), join(mine, 'task.json'));
    expect(spawnSync(process.execPath, [join(EXAMPLE, 'makeData.mjs'), mine]).status).toBe(0);
    const opened = await openOwnTask(join(mine, 'task.json'));
    const page = await openPage(
      await start(opened.task, {
        openTask: () => Promise.resolve(opened),
        taskFile: opened.file,
        ...opened.task.dealing,
      }),
      PHONE,
    );
    await page.waitForFunction(() => window.minnow.state.score > 0.8);
    const own = join(folder, 'odd.csv');
    writeOddMachine(own);
    await page.locator('.own-table input[type="file"]').setInputFiles(own);
    await page.getByRole('button', { name: 'Add 60 rows' }).click();
    await samplesAre(page, 60);
    expect(await ownOf(page)).toMatchObject({ perClass: [30, 30], heldOut: 12 });
    // Local work has them, beside the 120 of two machines.
    await page.waitForFunction(() => window.minnow.state.samples === 168);
    await page.getByRole('radio', { name: 'demo data' }).check();
    await page.waitForFunction(
      () => window.minnow.state.own.use === 'demo' && window.minnow.state.isDemoShard,
    );
    const { updates } = await deviceStateOf(page);
    await page.waitForFunction((before) => window.minnow.state.updates > before + 20, updates);

    await page.getByRole('button', { name: 'Make it mine' }).click();
    await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
    const { globalAccuracy, personalAccuracy } = (await ownOf(page)).personal;
    expect(globalAccuracy).toBeGreaterThanOrEqual(0);
    expect(personalAccuracy).toBeGreaterThan(globalAccuracy + 0.3);

    const says = (which: string) => page.locator(which).first().innerText();
    for (const [vibration, noise, temperature, shared, personal] of [
      ['13', '76', '45', 'worn', 'good'],
      ['4', '68', '28', 'good', 'worn'],
    ] as const) {
      for (const [i, value] of ['1500', '0.6', temperature, vibration, noise].entries())
        await page.locator(`#own-value-${i}`).fill(value);
      await until(() => says('.own-says')).toMatch(new RegExp(`${shared}, \\d+\\s%`));
      await until(() => says('.own-says.mine')).toMatch(new RegExp(`${personal}, \\d+\\s%`));
    }
    await inspect(page, 'bearings-phone');
  }, 120_000);

  it('are not asked for where the model learns values, and the page says why', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i / 200},${(i / 100).toFixed(3)}`);
    writeFileSync(join(folder, 'values.csv'), `x,y\n${rows.join('\n')}\n`);
    const task = {
      id: 'values',
      model: { input: [1], layers: [{ kind: 'dense', name: 'line', units: 1 }], loss: 'meanSquaredError' },
      data: { format: 'csv', train: 'values.csv', test: { share: 0.25 }, targets: ['y'] },
      metric: 'mse',
      floor: 1,
      target: 0.01,
    };
    writeFileSync(join(folder, 'values.json'), JSON.stringify(task));
    const opened = await openOwnTask(join(folder, 'values.json'));
    const more = { ...SMALL_SHARDS, openTask: () => Promise.resolve(opened) };
    const page = await openPage(await start(opened.task, more), { locale: 'de-DE' });
    await page.getByText('In diesem Lauf gehen keine: sein Modell lernt Zahlen').waitFor();
    expect(await page.locator('#own-card :is(input, button)').count()).toBe(0);
    await inspect(page, 'values');
  });
});

/** A phone whose sensors speak fifty times a second of their own time. */
const move = (page: Page): Promise<void> =>
  page.evaluate(() => {
    let reading = 0;
    setInterval(() => {
      // Timers are late on a busy machine; the sensors' own clock is not.
      for (let i = 0; i < 5; i++, reading++) {
        const event = new DeviceMotionEvent('devicemotion', {
          accelerationIncludingGravity: { x: 9.6, y: Math.sin(reading / 5), z: 1 },
          rotationRate: { alpha: 10 * Math.cos(reading / 5), beta: 0, gamma: 5 },
          interval: 20,
        });
        const timeStamp = 20 * reading;
        Object.defineProperty(event, 'timeStamp', { value: timeStamp });
        window.dispatchEvent(event);
        document.documentElement.dataset['readings'] = String(reading);
      }
    }, 20);
  });
const readingsPass = (page: Page, count: number) =>
  page.waitForFunction((least) => Number(document.documentElement.dataset['readings']) > least, count);

describe('motion', () => {
  // A headless shell knows of no sensors.
  beforeAll(async () => {
    await browser.close();
    browser = await launchChromium(PLAIN_HTTP_HOST, 'whole');
  });

  it('is recorded after a countdown, cut into windows, and watched by the model', async () => {
    const page = await openPage(await start(...withNoise('har')), PHONE);
    await page.getByRole('button', { name: 'Record 20 seconds' }).click();
    await page.getByText('Choose what you are going to do first.').waitFor();
    await inspect(page, 'motion-phone');
    await move(page);
    await tile(page, 'walking').click();
    await page.getByRole('button', { name: 'Record 20 seconds' }).click();
    await page.getByText('Starts in').first().waitFor();
    await page
      .getByText(/Recording “walking”, \d+ s left/)
      .first()
      .waitFor();
    const begun = await page.evaluate(() => Number(document.documentElement.dataset['readings']));
    await readingsPass(page, begun + 3 * 128 + 10);
    await page.screenshot({ path: join(SCREENSHOTS, 'own-motion-recording.png') });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText(/Added as “walking”: \d+\sown samples of it now/).waitFor();
    await page.waitForFunction(() => window.minnow.state.own.samples >= 3);
    const { samples, perClass } = await ownOf(page);
    expect(perClass[0]).toBe(samples);

    await page.getByRole('button', { name: 'Try it' }).click();
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/Shared model\s+[\w ]+, \d+\s%/);
    await page.getByRole('button', { name: 'Stop watching' }).click();
    await until(() => page.locator('.own-says').first().innerText()).toMatch(/Shared model\s+–/);
  });

  it('says what is lacking where there are no sensors, and where the page came by plain http', async () => {
    const url = await start(...withNoise('har'));
    const page = await openPage(url);
    await tile(page, 'sitting').click();
    await page.getByRole('button', { name: 'Record 20 seconds' }).click();
    await page.getByText('No motion has come for two seconds.').waitFor();
    const plain = await openPage(url.replace('127.0.0.1', 'minnow.test'));
    await plain.getByText('Browsers give motion sensors to pages with https alone').waitFor();
    await axeFindsNothing(plain);
  });
});
