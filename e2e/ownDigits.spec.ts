// Own digits, as a person draws, labels, tries and keeps them on the join page.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findTask } from '../shared/tasks/tasks.ts';
import { axeFindsNothing } from './testing/axe.ts';
import {
  addLying,
  draw,
  inspect,
  ownOf,
  PHONE,
  samplesAre,
  SCREENS,
  setOwnScene,
  tile,
  untilReads,
} from './testing/ownPage.ts';
import { paintPictures, writePictures } from './testing/pictures.ts';
import { deviceStateOf } from './testing/tabs.ts';

const scene = setOwnScene();

for (const [name, context] of Object.entries({ phone: PHONE, desktop: SCREENS['laptop']! })) {
  it(`digits are drawn on a ${name}, labelled, counted, trained on, tried, made mine and deleted`, async () => {
    const page = await scene.openPage(await scene.start(findTask('digits'), {}, 'full'), context);
    await page.waitForFunction(() => window.minnow.state.score > 0.7);

    await draw(page, 3, 1);
    await untilReads(page.locator('.own-says').first(), /Shared model\s+\d, \d+\s%/);
    await untilReads(page.locator('.own-unseen[role="status"]'), /^Shared model: \d, \d+\s%\.$/);
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
    await untilReads(page.locator('.own-says.mine'), /7, \d+\s%/);
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

it('digits are drawn and labelled by keyboard alone', async () => {
  const page = await scene.openPage(await scene.start());
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

it('digits come from a picture file, and what is no picture is told by name', async () => {
  const page = await scene.openPage(await scene.start());
  const pictures = writePictures(scene.folder, await paintPictures(page, 1), ['seven.png']);
  writeFileSync(join(scene.folder, 'broken.png'), 'no picture');
  const input = page.locator('.own-draw input[type="file"]');
  await input.setInputFiles(join(scene.folder, 'broken.png'));
  await page.getByText('Not readable as pictures: broken.png.').waitFor();
  await input.setInputFiles(pictures);
  await untilReads(page.locator('.own-says').first(), /\d, \d+\s%/);
  await tile(page, '7').click();
  await samplesAre(page, 1);
});

it('digits stay in the browser over a reload where the person wants it, and are gone when deleted', async () => {
  const page = await scene.openPage(await scene.start());
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

it('digits are tried and made mine when the run has ended, as long as its server is there', async () => {
  const page = await scene.openPage(await scene.start(), { locale: 'de-DE' });
  await draw(page, 3, 1);
  await tile(page, '3').click();
  await samplesAre(page, 1);
  scene.server.runs[0]!.end();
  await page.getByText('Der Lauf ist zu Ende. Sein Modell').waitFor();
  await draw(page, 3, 2);
  await untilReads(page.locator('.own-says').first(), /\d, \d+\s%/);
  await page.getByRole('button', { name: 'Mach es zu meinem' }).click();
  await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
  await untilReads(page.locator('.own-says.mine'), /\d, \d+\s%/);
  await inspect(page, 'ended');

  await scene.server.close();
  await page.getByRole('button', { name: 'Leeren' }).click();
  await page.waitForFunction(() => window.minnow.state.own.deviceBytes === 0);
  await draw(page, 3, 3);
  await page.getByText('Das neueste Modell war nicht zu bekommen: der Server antwortet nicht.').waitFor();
});

it('digits are tried within a budget for one model at a time, and the page says that training rests', async () => {
  const page = await scene.openPage(await scene.start(), {}, '?budget=192KiB');
  await draw(page, 4, 1);
  await untilReads(page.locator('.own-says').first(), /\d, \d+\s%/);
  await page.getByText('Training for the run rests meanwhile').waitFor();
  const { updates } = await deviceStateOf(page);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('Training for the run rests meanwhile').waitFor({ state: 'hidden' });
  await page.waitForFunction((before) => window.minnow.state.updates > before, updates);
});
