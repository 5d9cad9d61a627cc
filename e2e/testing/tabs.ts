// Tabs of a real headless Chromium for tests.

import type { Browser, Page } from 'playwright';
import type { DeviceState } from '../../client/device/deviceState.ts';

declare global {
  interface Window {
    /** What the join page shows of itself to fleets and tests. */
    minnow: { state: DeviceState; readonly isSecureContext: boolean };
  }
}

/** Opens the join page in a context of its own with the given URL parameters. */
export async function openTab(
  browser: Browser,
  url: string,
  parameters: Readonly<Record<string, string | number>>,
): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const search = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
  await page.goto(`${url}/?${search}`);
  return page;
}

/** The tab's own account of its device. */
export async function deviceStateOf(page: Page) {
  return page.evaluate(() => window.minnow.state);
}
