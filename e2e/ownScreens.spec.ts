// The section of own data in every size, both colours and both languages.

import { it } from 'vitest';
import { inspect, samplesAre, scribble, SCREENS, setOwnScene, tile, untilReads } from './testing/ownPage.ts';

const scene = setOwnScene();

for (const [name, context] of Object.entries(SCREENS))
  for (const [colorScheme, locale] of [
    ['light', 'en-US'],
    ['dark', 'de-DE'],
  ] as const)
    it(`own digits look well on a ${name} in ${colorScheme}, ${locale}`, async () => {
      const page = await scene.openPage(await scene.start(), { ...context, colorScheme, locale });
      for (let sample = 0; sample < 5; sample++) {
        await scribble(page, sample);
        await tile(page, '3').click();
        await samplesAre(page, sample + 1);
      }
      await page.locator('.own-personal button').click();
      await page.waitForFunction(() => window.minnow.state.own.personal.phase === 'ready');
      await scribble(page, 5);
      await untilReads(page.locator('.own-says.mine'), /\d, \d+\s%/);
      await inspect(page, `${name}-${colorScheme}`);
    });
