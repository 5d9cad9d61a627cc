// The person's own samples in a real tab: they train, the personal model reads them better than the global one, they are
// there after a reload where that is wanted, and gone where it is not.

import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OwnDataState } from '../client/device/ownData.ts';
import { launchChromium } from './chromium.ts';
import { addOwn, callOwn, mirroredDigits, typed, watchWorkers } from './testing/ownSamples.ts';
import { untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const KIB = 1024;
const NUM_OWN = 100;

async function ownOf(page: Page): Promise<OwnDataState> {
  return (await deviceStateOf(page)).own;
}

/** Of this visit. */
async function untilUpdates(page: Page, least: number): Promise<void> {
  await page.waitForFunction((n) => Number(document.documentElement.dataset['updates']) >= n, least);
}

function isRight(probabilities: readonly number[], label: number): boolean {
  return probabilities.indexOf(Math.max(...probabilities)) === label;
}

describe('own samples', () => {
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

  async function open(search: string): Promise<Page> {
    const context = await browser.newContext();
    await watchWorkers(context);
    const page = await context.newPage();
    await page.goto(`${server.url}/?${search}`);
    return page;
  }

  it('train with the others, make a personal model that reads them, and are asked about by both models', async () => {
    const page = await open('name=mirror');
    await untilStatus(server.url, ({ accuracy }) => accuracy >= 0.8);
    await addOwn(page, mirroredDigits(1, NUM_OWN));
    // The page is told ten times a second.
    await expect.poll(() => ownOf(page)).toMatchObject({ samples: NUM_OWN, heldOut: 20, use: 'both' });

    await callOwn(page, 'trainPersonal');
    await expect.poll(async () => (await ownOf(page)).personal.phase).toBe('ready');
    const { personal } = await ownOf(page);
    expect(personal.globalAccuracy).toBeLessThan(0.8);
    expect(personal.personalAccuracy).toBeGreaterThanOrEqual(personal.globalAccuracy + 0.15);
    // What neither of them was trained on or judged by: the writer's other digits.
    const { count, inputs, labels } = mirroredDigits(1, NUM_OWN + 60);
    let numGlobal = 0;
    let numPersonal = 0;
    for (let i = NUM_OWN; i < count; i++) {
      const answer = await callOwn(page, 'predict', typed(inputs.slice(i * 784, (i + 1) * 784)));
      if (isRight(answer.global, labels[i]!)) numGlobal++;
      if (isRight(answer.personal!, labels[i]!)) numPersonal++;
    }
    expect(numPersonal).toBeGreaterThan(numGlobal + 6);
    await expect.poll(async () => (await ownOf(page)).isRunResting).toBe(false);

    await callOwn(page, 'setDataUse', 'own');
    const onOwn = { samples: 80, isDemoShard: false, problem: '' };
    // What was under way goes on as it began.
    await expect.poll(() => deviceStateOf(page), { timeout: 20_000 }).toMatchObject(onOwn);
    const { updates } = await deviceStateOf(page);
    await expect
      .poll(() => deviceStateOf(page).then((state) => state.updates), { timeout: 20_000 })
      .toBeGreaterThan(updates + 1);
    expect(await deviceStateOf(page)).toMatchObject(onOwn);
    await page.context().close();
  });

  it('are kept over a reload where that is wanted, with the personal model, and deleted from the browser', async () => {
    const page = await open('name=kept');
    await untilUpdates(page, 1);
    await addOwn(page, mirroredDigits(2, 30));
    await callOwn(page, 'setOwnKept', true);
    await addOwn(page, mirroredDigits(3, 11));
    await callOwn(page, 'removeNewestOwn');
    await callOwn(page, 'trainPersonal');
    await expect.poll(async () => (await ownOf(page)).personal.phase).toBe('ready');
    const before = await ownOf(page);
    expect(before).toMatchObject({ samples: 40, isKept: true, problem: null });
    await page.reload();
    await expect.poll(async () => (await ownOf(page)).samples, { timeout: 20_000 }).toBe(40);
    expect(await ownOf(page)).toMatchObject({ perClass: before.perClass, isKept: true, use: 'both' });
    expect((await ownOf(page)).personal).toMatchObject({ phase: 'ready', version: before.personal.version });

    await callOwn(page, 'deleteOwn');
    await expect.poll(async () => (await ownOf(page)).samples).toBe(0);
    const numLeft = await page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const opening = indexedDB.open('minnow-own');
          opening.addEventListener('error', reject);
          opening.addEventListener('success', () => {
            const count = opening.result.transaction('samples').objectStore('samples').count();
            count.addEventListener('success', () => resolve(count.result));
          });
        }),
    );
    expect(numLeft).toBe(0);
    await page.reload();
    await untilUpdates(page, 2);
    expect(await ownOf(page)).toMatchObject({ samples: 0, isKept: false, personal: { phase: 'none' } });
    await page.context().close();
  });

  it('on the smallest budgets: the run rests while the models are asked, and goes on when they are put away', async () => {
    const page = await open(`name=small&budget=${192 * KIB}`);
    await untilUpdates(page, 1);
    const { global } = await callOwn(page, 'predict', typed(mirroredDigits(5, 1).inputs));
    expect(global).toHaveLength(10);
    await expect.poll(async () => (await ownOf(page)).isRunResting).toBe(true);
    await expect.poll(async () => (await ownOf(page)).deviceBytes).toBeGreaterThan(0);
    const { deviceBytes, own, updates } = await deviceStateOf(page);
    expect(deviceBytes).toBe(0);
    expect(own.deviceBytes).toBeLessThanOrEqual(192 * KIB);
    await callOwn(page, 'stopPredicting');
    await untilUpdates(page, updates + 1);
    expect((await ownOf(page)).isRunResting).toBe(false);
    await page.context().close();
  });
});
