// One emulated device: a page in a browser context, with its network held to the profile's, and what befalls a phone.
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
  /** Loads the page anew. */
  reload(): Promise<void>;
  /**
   * Sleeps as a phone in a pocket does: the page is frozen (CDP), and its Workers, which that leaves awake, are blocked;
   * nothing is computed, heard or said meanwhile.
   */
  freeze(ms: number): Promise<void>;
  /** Ends the tab for good. */
  close(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** An empty tab with the profile's network, which has not joined. */
export async function openFleetTab(
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
      void (await page.goto(joinUrl(server, run, plan), { waitUntil: 'commit', timeout: PATIENCE_MS })),
    reload: async () => void (await page.reload({ waitUntil: 'commit', timeout: PATIENCE_MS })),
    async freeze(ms) {
      await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
      try {
        const workers = page.workers();
        if (workers.length === 0) throw new Error('the tab has no Worker to put to sleep');
        await Promise.all(workers.map((worker) => worker.evaluate(blockThread, ms)));
      } finally {
        await cdp.send('Page.setWebLifecycleState', { state: 'active' });
      }
    },
    close: () => page.close(),
  };
  return tab;
}

/** Waits in a Worker without giving up its thread, and without using it. */
function blockThread(ms: number): void {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const woken = Atomics.wait(new Int32Array(buffer), 0, 0, ms);
  if (woken !== 'timed-out') throw new Error(`the Worker did not sleep: ${woken}`);
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
