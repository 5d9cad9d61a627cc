// The join page for who reads it in German, hears it, or has a keyboard alone.

import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { axeFindsNothing } from './testing/axe.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { createLatch } from './testing/latch.ts';
import { openPhone, setPhoneScene, stateIs, updatesPass } from './testing/phone.ts';
import { deviceStateOf } from './testing/tabs.ts';

const scene = setPhoneScene();

const openDesktop = async () => (await scene.browser.newContext()).newPage();

/** Letters of words, each text once; what both languages share is taken out. */
const SAME = /^(Minnow|Pause|Version|conv\d|dense\d|WebAssembly, SIMD|\w+ \w+ \d+|[\d.,]+\s[KM]?i?B|\d+ ms)$/;
const textsOf = (page: Page) =>
  page.evaluate(() => {
    const texts = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement!.closest('script, style, noscript, #unsupported, [lang]:not(html)')) continue;
      if (parentElement!.closest('[hidden]')) continue;
      const text = textContent!.replace(/\s+/g, ' ').trim();
      if (/\p{L}{3}/u.test(text)) texts.add(text);
    }
    for (const element of document.querySelectorAll('[aria-label], [aria-valuetext], [title]'))
      for (const name of ['aria-label', 'aria-valuetext', 'title'])
        if (/\p{L}{3}/u.test(element.getAttribute(name) ?? '')) texts.add(element.getAttribute(name)!);
    return [...texts];
  });

describe('a page in German', () => {
  it('has no English text left in any state', async () => {
    const english = await openPhone(scene.browser, scene.server.url, { search: '?lang=en' });
    const german = await openPhone(scene.browser, scene.server.url, { search: '?lang=de' });
    async function compare(): Promise<void> {
      const texts = new Set(await textsOf(english));
      const left = (await textsOf(german)).filter((text) => texts.has(text) && !SAME.test(text));
      expect(left).toEqual([]);
      expect(texts.size).toBeGreaterThan(5);
    }
    const both = (act: (page: Page) => Promise<unknown>) => Promise.all([act(english), act(german)]);
    await both((page) => updatesPass(page, 1));
    await both((page) => page.waitForFunction(() => document.querySelectorAll('#layers li').length > 0));
    await compare();
    expect(await german.getAttribute('html', 'lang')).toBe('de');
    await axeFindsNothing(german);
    await both((page) => page.locator('#pause').tap());
    await both((page) => stateIs(page, 'paused'));
    await compare();
    await both((page) => page.locator('#leave').tap());
    await both((page) => stateIs(page, 'left'));
    await compare();
    for (const budget of ['8KiB', 'nonsense']) {
      await english.goto(`${scene.server.url}/?lang=en&budget=${budget}`);
      await german.goto(`${scene.server.url}/?lang=de&budget=${budget}`);
      await both((page) => page.locator('#notice p').first().waitFor());
      await compare();
    }
  });

  it('is one tap away, and stays chosen', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { context: { locale: 'en-GB' } });
    // It has a session to resume, and stands still.
    await updatesPass(page, 1);
    await page.getByRole('link', { name: 'Deutsch' }).tap();
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    expect((await deviceStateOf(page)).resumes).toBe(1);
    await page.goto(scene.server.url);
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    await page.getByRole('link', { name: 'English' }).tap();
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
  });

  it('is what a browser gets that asks for it', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { context: { locale: 'de-AT' } });
    await page.getByRole('heading', { level: 1, name: /trainiert/ }).waitFor();
    expect(await page.innerText('#memory-line')).toMatch(/^Es nutzt \d+(,\d+)?\s[KM]iB von 4\sMiB/);
  });
});

describe('who does not see or point', () => {
  it('is told of each state, and axe finds nothing in any of them', async () => {
    const line = await openCuttableLine(scene.server.port);
    try {
      const page = await openDesktop();
      const mayTrain = createLatch();
      await page.route('**/assets/deviceWorker-*', async (route) => {
        await mayTrain.opened;
        await route.continue();
      });
      const says = (status: string) => page.getByRole('status').getByText(status, { exact: true }).waitFor();
      await page.goto(line.url, { waitUntil: 'commit' });
      await says('Connecting');
      await axeFindsNothing(page);
      mayTrain.open();
      await says('Training');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Pause' }).press('Enter');
      await says('Paused');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Go on' }).press('Space');
      await says('Training');
      line.cut();
      await says('Connection lost, trying again');
      await axeFindsNothing(page);
      line.mend();
      await says('Training');
      await page.getByRole('button', { name: 'Leave' }).press('Enter');
      await says('Left');
      await axeFindsNothing(page);
      await page.getByRole('button', { name: 'Join again' }).press('Enter');
      await says('Training');
      const second = await page.context().newPage();
      const memory = await page.evaluate(() => Object.entries(sessionStorage));
      await second.addInitScript((entries) => {
        for (const [key, value] of entries) sessionStorage.setItem(key, value);
      }, memory);
      await second.goto(line.url);
      await says('Ended');
      await axeFindsNothing(page);
      await page.goto(`${line.url}/?budget=8KiB`);
      await says('Refused');
      await axeFindsNothing(page);
      await page.goto(`${line.url}/?budget=nonsense`);
      await says('Stopped');
      await axeFindsNothing(page);
    } finally {
      line.close();
    }
  });

  it('reaches everything by keyboard, in the order of the page', async () => {
    const page = await openDesktop();
    await page.goto(scene.server.url);
    await page.getByRole('heading', { level: 1, name: /trains/ }).waitFor();
    const reached: string[] = [];
    while (!reached.includes('languages')) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(() => document.activeElement!.id || document.activeElement!.parentElement!.id),
      );
    }
    expect(reached.slice(0, 2)).toEqual(['pause', 'leave']);
    expect(reached).toContain('budget');
  });

  it('sees nothing move where motion is to be reduced', async () => {
    const page = await openPhone(scene.browser, scene.server.url, { context: { reducedMotion: 'reduce' } });
    await updatesPass(page, 1);
    const numMoving = await page.evaluate(() => document.getAnimations().length);
    expect(numMoving).toBe(0);
  });
});
