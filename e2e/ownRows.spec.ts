// Own rows of tables, as a person adds them from files on the join page.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';
import { createRandom } from '../shared/random.ts';
import {
  inspect,
  ownOf,
  PHONE,
  samplesAre,
  setOwnScene,
  SMALL_SHARDS,
  untilReads,
} from './testing/ownPage.ts';
import { deviceStateOf } from './testing/tabs.ts';

const scene = setOwnScene();

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
    writeFileSync(join(scene.folder, 'flowers.csv'), `petal,stem,kind\n${rows.join('\n')}\n`);
    writeFileSync(join(scene.folder, 'task.json'), JSON.stringify(TASK));
    const opened = await openOwnTask(join(scene.folder, 'task.json'));
    const page = await scene.openPage(
      await scene.start(opened.task, { ...SMALL_SHARDS, openTask: () => Promise.resolve(opened) }, 'full'),
    );

    const own = join(scene.folder, 'garden.csv');
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
    await untilReads(page.locator('.own-says').first(), /tulip, \d+\s%/);
    await page.locator('#own-value-0').fill('0.5');
    await untilReads(page.locator('.own-says').first(), /rose, \d+\s%/);

    writeFileSync(own, 'nothing but a header\n');
    await input.setInputFiles(own);
    await page.getByText('“garden.csv” has no rows').waitFor();
  });

  it('are asked about where a number may mean two things, and read in another way when told to', async () => {
    writeFileSync(
      join(scene.folder, 'flowers.csv'),
      'petal,stem,kind\n3,20,rose\n6,21,tulip\n3.5,19,rose\n7,22,tulip\n',
    );
    writeFileSync(join(scene.folder, 'task.json'), JSON.stringify(TASK));
    const opened = await openOwnTask(join(scene.folder, 'task.json'));
    const one = { ...SMALL_SHARDS, numShards: 1, samplesPerShard: 2 };
    const page = await scene.openPage(
      await scene.start(opened.task, { ...one, openTask: () => Promise.resolve(opened) }),
      { ...PHONE, locale: 'de-DE' },
    );
    const own = join(scene.folder, 'garten.csv');
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
    const mine = join(scene.folder, 'my-task');
    mkdirSync(mine);
    copyFileSync(join(EXAMPLE, 'task.json'), join(mine, 'task.json'));
    expect(spawnSync(process.execPath, [join(EXAMPLE, 'makeData.mjs'), mine]).status).toBe(0);
    const opened = await openOwnTask(join(mine, 'task.json'));
    const page = await scene.openPage(
      await scene.start(
        opened.task,
        {
          openTask: () => Promise.resolve(opened),
          taskFile: opened.file,
          ...opened.task.dealing,
        },
        'full',
      ),
      PHONE,
    );
    await page.waitForFunction(() => window.minnow.state.score > 0.8);
    const own = join(scene.folder, 'odd.csv');
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

    const says = (which: string) => page.locator(which).first();
    for (const [vibration, noise, temperature, shared, personal] of [
      ['13', '76', '45', 'worn', 'good'],
      ['4', '68', '28', 'good', 'worn'],
    ] as const) {
      for (const [i, value] of ['1500', '0.6', temperature, vibration, noise].entries())
        await page.locator(`#own-value-${i}`).fill(value);
      await untilReads(says('.own-says'), new RegExp(`${shared}, \\d+\\s%`));
      await untilReads(says('.own-says.mine'), new RegExp(`${personal}, \\d+\\s%`));
    }
    await inspect(page, 'bearings-phone');
  }, 120_000);

  it('are not asked for where the model learns values, and the page says why', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i / 200},${(i / 100).toFixed(3)}`);
    writeFileSync(join(scene.folder, 'values.csv'), `x,y\n${rows.join('\n')}\n`);
    const task = {
      id: 'values',
      model: { input: [1], layers: [{ kind: 'dense', name: 'line', units: 1 }], loss: 'meanSquaredError' },
      data: { format: 'csv', train: 'values.csv', test: { share: 0.25 }, targets: ['y'] },
      metric: 'mse',
      floor: 1,
      target: 0.01,
    };
    writeFileSync(join(scene.folder, 'values.json'), JSON.stringify(task));
    const opened = await openOwnTask(join(scene.folder, 'values.json'));
    const more = { ...SMALL_SHARDS, openTask: () => Promise.resolve(opened) };
    const page = await scene.openPage(await scene.start(opened.task, more), { locale: 'de-DE' });
    await page.getByText('In diesem Lauf gehen keine: sein Modell lernt Zahlen').waitFor();
    expect(await page.locator('#own-card :is(input, button)').count()).toBe(0);
    await inspect(page, 'values');
  });
});
