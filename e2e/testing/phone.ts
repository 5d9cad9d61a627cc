// A phone for tests: a context as Playwright describes one, and what its browser tells of battery, data saver and wake locks,
// put in the page's place before it loads.

import { devices, type Browser, type BrowserContextOptions, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { launchChromium } from '../chromium.ts';
import { startTestServer, testRun, type TestServer } from './testServer.ts';

/** Training goes on beside what a test is about, and leaves it the processor. */
const TEMPO_MS = 250;
const EVALUATION_MS = 5_000;

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

export interface PhoneScene {
  readonly browser: Browser;
  /** Of this test alone; it steps at each update. */
  readonly server: TestServer;
}

/** For the tests of a file: the browser that they share, and a server for each. */
export function setPhoneScene(kind: 'shell' | 'whole' = 'shell'): PhoneScene {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1'], kind);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    const trigger = { kind: 'buffer', size: 1, deadlineMs: 0 } as const;
    const run = testRun('ftte', { trigger }, { tempoMs: TEMPO_MS });
    server = await startTestServer(run, 1000, { evaluateEveryMs: EVALUATION_MS });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.close();
  });
  return {
    get browser() {
      return browser;
    },
    get server() {
      return server;
    },
  };
}

/** What the page says, as a person sees it. */
export const seen = (page: Page) => page.innerText('body');
export const stateIs = (page: Page, state: string) => page.waitForSelector(`html[data-state="${state}"]`);
export const updatesPass = (page: Page, count: number) =>
  page.waitForFunction((least) => window.minnow.state.updates >= least, count);
