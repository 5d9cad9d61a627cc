// Tabs on https with a certificate that the server made itself: a secure context, WebSockets, and long-polling without.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Certificate } from '../server/http/certificate/certificate.ts';
import { openOwnCertificate } from '../server/http/certificate/ownCertificate.ts';
import type { RunStatus } from '../shared/contract/status.ts';
import { launchChromium } from './chromium.ts';
import { openPollingOnlyProxy } from './testing/pollingOnlyProxy.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const EACH_UPDATE_STEPS = testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } });
const PATIENCE = { timeout: 120_000, interval: 50 };

let browser: Browser;
let context: BrowserContext;
let folder = '';
let certificate: Certificate;
beforeAll(async () => {
  browser = await launchChromium();
  folder = mkdtempSync(join(tmpdir(), 'minnow-certificate-'));
  certificate = await openOwnCertificate({ runsDir: folder, hosts: ['localhost', '127.0.0.1'] });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  context = await browser.newContext({ ignoreHTTPSErrors: true });
});
afterEach(() => context.close());

const runOf = (server: TestServer): RunStatus => server.status().runs[0]!;

/** Counts a tab's requests of long-polling, its Worker's too. */
function countPolls(tab: Page): () => number {
  let polls = 0;
  tab.on('request', (request) => (polls += request.url().includes('transport=polling') ? 1 : 0));
  return () => polls;
}

async function expectTraining(server: TestServer, tab: Page): Promise<void> {
  expect(await tab.evaluate(() => isSecureContext)).toBe(true);
  const before = runOf(server).accepted;
  await expect.poll(() => runOf(server).accepted, PATIENCE).toBeGreaterThanOrEqual(before + 3);
  // What a reload leaves of a connection by long-polling may still be there when the tab comes back.
  expect(Object.keys(runOf(server).refusals).filter((code) => code !== 'superseded')).toEqual([]);
  const state = await deviceStateOf(tab);
  expect(state.problem).toBe('');
  expect(state.updates).toBeGreaterThan(0);
}

it('a tab on https is in a secure context and trains over a WebSocket; plain http leads there', async () => {
  const server = await startTestServer(EACH_UPDATE_STEPS, 1000, { certificate });
  try {
    const tab = await context.newPage();
    const numPolls = countPolls(tab);
    await tab.goto(server.url.replace('https:', 'http:') + '/?name=safe');
    expect(new URL(tab.url()).protocol).toBe('https:');
    await expectTraining(server, tab);
    expect(numPolls()).toBe(0);
    expect(await tab.textContent('#engine')).not.toContain('https');
  } finally {
    await context.close();
    await server.close();
  }
});

it.each(['closed', 'unanswered'] as const)(
  'a tab whose WebSockets are %s trains by long-polling, and resumes after a reload',
  async (webSockets) => {
    const server = await startTestServer(EACH_UPDATE_STEPS);
    const proxy = await openPollingOnlyProxy(server.port, certificate, webSockets);
    try {
      const tab = await context.newPage();
      const numPolls = countPolls(tab);
      await tab.goto(`${proxy.url}/?name=phone`);
      await expectTraining(server, tab);
      expect(proxy.numTried()).toBeGreaterThan(0);
      await tab.reload();
      await expect.poll(() => runOf(server).resumes, PATIENCE).toBeGreaterThanOrEqual(1);
      await expectTraining(server, tab);
      expect(runOf(server).devices).toHaveLength(1);
      expect(numPolls()).toBeGreaterThan(0);
    } finally {
      await context.close();
      proxy.close();
      await server.close();
    }
  },
);
