// The join page installed on a phone, and its tab hidden and frozen: no business of a headless shell.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { axeFindsNothing } from './testing/axe.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { openFreezableTab } from './testing/freezableTab.ts';
import { asPerson, openPhone, seen, setPhoneScene, updatesPass } from './testing/phone.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';

const scene = setPhoneScene('whole');

describe('a phone', () => {
  it('that hid the tab goes on, and one that froze it goes on as the same device and says that it slept', async () => {
    const tab = await openFreezableTab(scene.browser, scene.server.url);
    try {
      await tab.until('window.minnow?.state.updates >= 1');
      await tab.hide();
      const hidden = await statusOf(scene.server.url);
      await untilStatus(scene.server.url, ({ accepted }) => accepted >= hidden.accepted + 2);
      await tab.freeze();
      // Nothing of a frozen tab runs: only the clock on the wall tells how long.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const frozen = await statusOf(scene.server.url);
      await tab.thaw();
      await tab.show();
      await tab.until(`/This tab was asleep for \\d+.seconds?/.test(document.body.innerText)`);
      const run = await untilStatus(scene.server.url, ({ accepted }) => accepted >= frozen.accepted + 2);
      expect(run.devices).toHaveLength(1);
    } finally {
      await tab.close();
    }
  });
});

/** All that it needs to open is in the scene.browser. */
async function untilKept(page: Page): Promise<void> {
  const isKept = () =>
    page.evaluate(async () => {
      const kept = await (await caches.open('minnow:assets')).keys();
      const hasPage = (await caches.match('/')) !== undefined;
      return (
        hasPage &&
        ['join', 'deviceWorker', 'english'].every((name) =>
          kept.some(({ url }) => url.includes(`/assets/${name}-`)),
        )
      );
    });
  await expect.poll(isKept, { timeout: 60_000 }).toBe(true);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

describe('an installed page', () => {
  it('opens without its server, says so, and goes on when the server is back', async () => {
    const line = await openCuttableLine(scene.server.port);
    try {
      const page = await openPhone(scene.browser, line.url, { before: asPerson });
      await untilKept(page);
      line.cut();
      await page.reload();
      await page.getByText('The server cannot be reached').waitFor();
      await axeFindsNothing(page);
      line.mend();
      await updatesPass(page, 1);
      expect(await seen(page)).not.toContain('cannot be reached');
      expect((await statusOf(scene.server.url)).devices).toHaveLength(1);
    } finally {
      line.close();
    }
  });

  it('opens where a proxy answers for a server that is gone', async () => {
    const line = await openCuttableLine(scene.server.port);
    const page = await openPhone(scene.browser, line.url, { before: asPerson });
    await untilKept(page);
    line.close();
    const proxy = createServer((_, answer) => answer.writeHead(502).end('Bad Gateway'));
    proxy.listen(Number(new URL(line.url).port), '127.0.0.1');
    await once(proxy, 'listening');
    await page.reload();
    await page.getByText('The server cannot be reached').waitFor();
    proxy.close();
  });

  it('is never an older one than its server has', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { before: asPerson });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.evaluate(async () => {
      const kept = await caches.open('minnow:page');
      await kept.put('/', new Response('<h1>Old</h1>', { headers: { 'Content-Type': 'text/html' } }));
    });
    await page.reload();
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
    const kept = await page.evaluate(async () => (await caches.match('/'))!.text());
    expect(kept).toContain('id="headline"');
  });

  it('has all that browsers ask of what is to be installed', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { before: asPerson });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const cdp = await page.context().newCDPSession(page);
    const { errors, url } = await cdp.send('Page.getAppManifest');
    expect(url).toBe(`${scene.server.url}/manifest.webmanifest`);
    expect(errors).toEqual([]);
    // A context of tests counts as a private window, where nothing can be installed; nothing else may be wrong.
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);
  });

  it('keeps nothing on plain http, and trains all the same', async () => {
    const page = await openPhone(scene.browser, `http://minnow.test:${scene.server.port}`, {
      before: asPerson,
    });
    await updatesPass(page, 1);
    expect(await page.evaluate(() => 'serviceWorker' in navigator)).toBe(false);
  });
});
