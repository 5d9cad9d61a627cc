// The join page on every screen, in light and dark, in both languages: nothing sticks out, axe finds nothing, and a picture
// of each is kept for people to look at.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from 'playwright';
import { launchChromium } from './chromium.ts';
import { keepPicture } from './testing/pictures.ts';
import { axeFindsNothing } from './testing/axe.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const SCREENS = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1366, height: 768 },
  projector: { width: 1920, height: 1080 },
};

let browser: Browser;
let server: TestServer;
beforeAll(async () => {
  browser = await launchChromium();
  server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

for (const [name, viewport] of Object.entries(SCREENS)) {
  for (const [colorScheme, language] of [
    ['light', 'en'],
    ['dark', 'de'],
  ] as const) {
    it(`fits a ${name} in ${colorScheme} and speaks ${language}`, async () => {
      const isMobile = name === 'phone';
      const context = await browser.newContext({ viewport, colorScheme, isMobile, hasTouch: isMobile });
      const page = await context.newPage();
      await page.goto(`${server.url}/?lang=${language}&budget=512KiB&flops=1e9`);
      await page.waitForFunction(() => window.minnow.state.updates >= 1 && window.minnow.state.score > 0);
      await page.locator('#layers li').first().waitFor();
      await keepPicture(page, `join-${name}-${colorScheme}-${language}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      await axeFindsNothing(page);
      await context.close();
    });
  }
}
