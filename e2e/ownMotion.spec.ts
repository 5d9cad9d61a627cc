// Own motion, as a phone's sensors tell it to the join page.

import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { axeFindsNothing } from './testing/axe.ts';
import { withNoise } from './testing/noise.ts';
import { inspect, ownOf, PHONE, setOwnScene, tile, untilReads } from './testing/ownPage.ts';
import { keepPicture } from './testing/pictures.ts';

// A headless shell knows of no sensors.
const scene = setOwnScene('whole');

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
it('motion is recorded after a countdown, cut into windows, and watched by the model', async () => {
  const page = await scene.openPage(await scene.start(...withNoise('har')), PHONE);
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
  await keepPicture(page, 'own-motion-recording', false);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText(/Added as “walking”: \d+\sown samples of it now/).waitFor();
  await page.waitForFunction(() => window.minnow.state.own.samples >= 3);
  const { samples, perClass } = await ownOf(page);
  expect(perClass[0]).toBe(samples);

  await page.getByRole('button', { name: 'Try it' }).click();
  await untilReads(page.locator('.own-says').first(), /Shared model\s+[\w ]+, \d+\s%/);
  await page.getByRole('button', { name: 'Stop watching' }).click();
  await untilReads(page.locator('.own-says').first(), /Shared model\s+–/);
});

it('motion says what is lacking where there are no sensors, and where the page came by plain http', async () => {
  const url = await scene.start(...withNoise('har'));
  const page = await scene.openPage(url);
  await tile(page, 'sitting').click();
  await page.getByRole('button', { name: 'Record 20 seconds' }).click();
  await page.getByText('No motion has come for two seconds.').waitFor();
  const plain = await scene.openPage(url.replace('127.0.0.1', 'minnow.test'));
  await plain.getByText('Browsers give motion sensors to pages with https alone').waitFor();
  await axeFindsNothing(plain);
});
