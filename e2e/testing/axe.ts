// What axe finds on a page. The page runs it and tells of violations alone: all that it tells otherwise takes several times as
// long. No page of ours has frames, for which axe would need more.

import axe from 'axe-core';
import type { Page } from 'playwright';
import { expect } from 'vitest';

declare global {
  interface Window {
    axe?: typeof axe;
  }
}

export async function axeFindsNothing(page: Page): Promise<void> {
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    // Colours on their way are none of the page's.
    const moving = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.all(moving.map((each) => each.finished.catch(() => null)));
    const { violations, passes } = await window.axe!.run(document, { resultTypes: ['violations'] });
    const told = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)] as const);
    return { told, numPassed: passes.length, numFrames: document.querySelectorAll('iframe').length };
  });
  expect(found.told).toEqual([]);
  expect(found.numPassed).toBeGreaterThan(0);
  expect(found.numFrames).toBe(0);
}
