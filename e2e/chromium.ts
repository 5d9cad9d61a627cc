// Starts Chromium the same way for the fleet, the demo, the benchmarks and the tests.

import { chromium } from 'playwright';
import type { Browser } from 'playwright';
import { findChromium } from '../scripts/chromium.mjs';

/** Hidden and covered tabs go on as on a real machine with one window each; nothing phones home. */
const ARGUMENTS = [
  '--disable-background-networking',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-dev-shm-usage',
];

/** For a click, a load, a text to come: dozens of tabs on a busy core take their time. */
const PATIENCE_MS = 120_000;

/**
 * `args` are added to the common ones. A headless shell where one was found (on two cores it opens four
 * tabs in 4 s, a whole Chromium 156 in 10); `whole`: with what only a whole browser has. The caller closes the browser, on a signal too.
 */
export async function launchChromium(
  args: readonly string[] = [],
  kind: 'shell' | 'whole' = 'shell',
): Promise<Browser> {
  const shell = kind === 'shell' ? process.env['MINNOW_HEADLESS_SHELL'] : '';
  const executablePath = shell || (await findChromium());
  if (executablePath === '') throw new Error('No Chromium was found: run "node scripts/setup.mjs".');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({
    executablePath,
    args: [...ARGUMENTS, ...sandbox, ...args],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}
