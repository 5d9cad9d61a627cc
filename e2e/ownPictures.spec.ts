// Own pictures, as a person chooses them from folders and phones on the join page.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withNoise } from './testing/noise.ts';
import { inspect, ownOf, PHONE, samplesAre, setOwnScene, tile, untilReads } from './testing/ownPage.ts';
import { paintPictures, writePictures } from './testing/pictures.ts';

const scene = setOwnScene();

it('pictures come from a folder by class, and what is not taken is told by name', async () => {
  const page = await scene.openPage(await scene.start(...withNoise('cifar10')));
  const names = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'Airplane/1.png', 'unicorn/1.png'];
  writePictures(
    scene.folder,
    await paintPictures(page, 2),
    names.map((name) => `pets/${name}`),
  );
  writeFileSync(join(scene.folder, 'pets/dog/notes.txt'), 'good dog');
  writeFileSync(join(scene.folder, 'pets/dog/.hidden'), '');
  await page.locator('input[webkitdirectory]').setInputFiles(join(scene.folder, 'pets'));
  await samplesAre(page, 4);
  const { perClass } = await ownOf(page);
  expect([perClass[0], perClass[3], perClass[5]]).toEqual([1, 2, 1]);
  await page.getByText('Folders that are no class of this task: unicorn.').waitFor();
  await page.getByText('Not readable as pictures: notes.txt.').waitFor();
  await inspect(page, 'pictures-folder');
});

it('pictures are chosen on a phone, looked at by the model, and said what they are, one or all', async () => {
  const page = await scene.openPage(await scene.start(...withNoise('cifar10')), PHONE);
  const files = writePictures(scene.folder, await paintPictures(page, 3), ['a.png', 'b.png', 'c.png']);
  await page.locator('.own-pictures input[accept="image/*"]').setInputFiles(files);
  await page.getByText('What is “a.png”? 2 more after it.').waitFor();
  await untilReads(page.locator('.own-says').first(), /Shared model\s+\w+, \d+\s%/);
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
