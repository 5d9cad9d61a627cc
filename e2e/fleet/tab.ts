// One emulated device: a page in a browser context, with its network held to the profile's.
// The device's speed is its own business: it paces itself to the FLOP/s in the address.

import type { BrowserContext, CDPSession, Page } from 'playwright';
import type { DeviceProfile } from './deviceProfile.ts';
import { joinUrl } from './planTabs.ts';
import type { TabPlan } from './planTabs.ts';

export interface Tab {
  readonly plan: TabPlan;
  readonly page: Page;
  /** Crashes of the page and errors that nothing caught, newest last. */
  readonly failures: readonly string[];
  /** Drops off the network, or comes back, with the page left open. */
  setOnline(isOnline: boolean): Promise<void>;
  /** Goes away without a word, as a phone that is put into a pocket. */
  leave(): Promise<void>;
  /** Opens the page (again); in the same tab a device resumes its session. */
  join(): Promise<void>;
  /** Ends the tab for good. */
  close(): Promise<void>;
}

/** Opens a tab and joins. */
export async function openTab(
  context: BrowserContext,
  { server, run, plan }: { server: string; run: string; plan: TabPlan },
): Promise<Tab> {
  const page = await context.newPage();
  const failures: string[] = [];
  page.on('crash', () => failures.push('the page crashed'));
  page.on('pageerror', (error) => failures.push(error.message));
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await setNetwork(cdp, plan.profile.network, true);

  const tab: Tab = {
    plan,
    page,
    failures,
    setOnline: (isOnline) => setNetwork(cdp, plan.profile.network, isOnline),
    leave: async () => void (await page.goto('about:blank')),
    join: async () =>
      void (await page.goto(joinUrl(server, run, plan), { waitUntil: 'commit', timeout: 60_000 })),
    close: () => page.close(),
  };
  await tab.join();
  return tab;
}

/** Reaches the page's Workers and their WebSockets, too. */
async function setNetwork(
  cdp: CDPSession,
  network: DeviceProfile['network'],
  isOnline: boolean,
): Promise<void> {
  await cdp.send('Network.emulateNetworkConditions', {
    offline: !isOnline,
    latency: network.latencyMs,
    downloadThroughput: network.downKBps * 1000,
    uploadThroughput: network.upKBps * 1000,
  });
}
