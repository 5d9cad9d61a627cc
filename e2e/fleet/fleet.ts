// Many emulated devices in a few browser processes, all of which end with it.

import { setMaxListeners } from 'node:events';
import type { Browser, BrowserContext } from 'playwright';
import { launchChromium } from '../chromium.ts';
import { followSchedule } from './followSchedule.ts';
import type { TabPlan } from './planTabs.ts';
import { openFleetTab } from './tab.ts';
import type { Tab } from './tab.ts';

export interface FleetOptions {
  readonly server: string;
  /** '' is the server's default run. */
  readonly run: string;
  readonly plans: readonly TabPlan[];
  /** Further arguments of Chromium. */
  readonly args?: readonly string[];
  /** Whether a tab shares the cache and storage of the one before it, as tabs of one person do; default: four by four. */
  readonly sharesStorage?: (index: number) => boolean;
  /** Tabs stay empty until they are told to join; default: they join at once. */
  readonly joinsLater?: boolean;
  readonly onOpened?: (numOpen: number) => void;
  /** Aborted while tabs are being opened: what is open is closed again and `openFleet` rejects with the reason. */
  readonly signal?: AbortSignal;
}

export interface Fleet {
  /** In the order of the plans. */
  readonly tabs: readonly Tab[];
  /** Resolves when every browser process has ended. */
  close(): Promise<void>;
}

const TABS_PER_BROWSER = 16;
/** Each is a device of its own all the same. */
const TABS_PER_CONTEXT = 4;

/**
 * Opens all tabs, at most one at a time per browser process. Unless they join later, they are training, or about to, when
 * it resolves. Certificates that a server made itself are accepted.
 */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { plans, signal } = options;
  const sharesStorage = options.sharesStorage ?? ((index) => index % TABS_PER_CONTEXT > 0);
  const browsers: Browser[] = [];
  const closing = new AbortController();
  // Each tab with a schedule listens.
  setMaxListeners(plans.length + 1, closing.signal);
  const tabs: Tab[] = [];
  let numOpen = 0;

  async function openGroup(first: number): Promise<void> {
    const browser = await launchChromium(options.args);
    browsers.push(browser);
    let context: BrowserContext | undefined;
    for (let i = first; i < Math.min(first + TABS_PER_BROWSER, plans.length); i++) {
      signal?.throwIfAborted();
      if (!context || !sharesStorage(i)) context = await browser.newContext({ ignoreHTTPSErrors: true });
      const tab = await openFleetTab(context, { server: options.server, run: options.run, plan: plans[i]! });
      tabs[i] = tab;
      if (!options.joinsLater) {
        await tab.join();
        followSchedule(tab, closing.signal);
      }
      options.onOpened?.(++numOpen);
    }
  }
  async function close(): Promise<void> {
    closing.abort();
    await Promise.all(browsers.map((browser) => browser.close()));
  }

  const firsts = plans.map((_, i) => i).filter((i) => i % TABS_PER_BROWSER === 0);
  const groups = await Promise.allSettled(firsts.map(openGroup));
  const failed = groups.find((group) => group.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return { tabs, close };
}
