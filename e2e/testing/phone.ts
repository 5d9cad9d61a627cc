// A phone for tests: a context as Playwright describes one, and what its browser tells of battery, data saver and wake locks,
// put in the page's place before it loads.

import { devices, type Browser, type BrowserContextOptions, type Page } from 'playwright';

export interface PhoneOptions {
  readonly context?: BrowserContextOptions;
  /** Runs in the page before any of its scripts. */
  readonly before?: () => void;
  readonly search?: string;
}

const { defaultBrowserType: _, ...PIXEL } = devices['Pixel 7']!;

/** Opens the join page at `url` on a phone of its own. */
export async function openPhone(browser: Browser, url: string, options: PhoneOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ...PIXEL, ...options.context });
  if (options.before) await context.addInitScript(options.before);
  const page = await context.newPage();
  await page.goto(`${url}/${options.search ?? ''}`);
  return page;
}

/** What tests change of the phone while its page runs. */
declare global {
  interface Window {
    phone: {
      locks: number;
      battery: EventTarget & { level: number; charging: boolean };
    };
  }
}

/** Counts the wake locks that are held. */
export function withWakeLock(): void {
  window.phone = { ...window.phone, locks: 0 };
  class Lock extends EventTarget {
    released = false;
    release(): Promise<void> {
      if (!this.released) window.phone.locks--;
      this.released = true;
      this.dispatchEvent(new Event('release'));
      return Promise.resolve();
    }
  }
  Object.defineProperty(navigator, 'wakeLock', {
    value: {
      request() {
        window.phone.locks++;
        return Promise.resolve(new Lock());
      },
    },
  });
}

/** A battery at 15 %, not charging. */
export function withLowBattery(): void {
  const battery = Object.assign(new EventTarget(), { level: 0.15, charging: false });
  window.phone = { ...window.phone, battery };
  Object.defineProperty(navigator, 'getBattery', { value: () => Promise.resolve(battery) });
}

/** A browser that was told to save data. */
export function withDataSaver(): void {
  const connection = Object.assign(new EventTarget(), { saveData: true });
  Object.defineProperty(navigator, 'connection', { value: connection });
}

/** A browser that no program drives: what people alone are to have is kept for it. */
export function asPerson(): void {
  Object.defineProperty(navigator, 'webdriver', { value: false });
}
