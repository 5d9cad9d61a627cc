// Real tabs tell what each part of the model gains, and train what a search made of it: without a public set.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Browser } from 'playwright';
import { containsScheme } from '../shared/engine/scheme.ts';
import type { SearchStatus } from '../shared/contract/waiting.ts';
import { launchChromium } from './chromium.ts';
import { untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const NUM_TABS = 3;
const BUDGET_BYTES = 192 * 1024;

let browser: Browser;
let server: TestServer;
beforeEach(async () => {
  browser = await launchChromium();
});
afterEach(async () => {
  await browser.close();
  await server.close();
});

it('ends with a scheme that was searched by what the tabs told', async () => {
  const contributions = { kind: 'probes', perGroup: NUM_TABS, numBatches: 16, patienceMs: 60_000 } as const;
  const config = testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }, { contributions });
  server = await startTestServer(config, 300);
  const tabs = await Promise.all(
    Array.from({ length: NUM_TABS }, (_, i) =>
      openTab(browser, server.url, { name: `tab ${i}`, budget: `${BUDGET_BYTES}` }),
    ),
  );
  const told: SearchStatus[] = [];
  const searched = await untilStatus(
    server.url,
    ({ search }) => told.length > 0 && search === null,
    ({ search }) => search && told.push(search),
  );
  // The run went on meanwhile.
  expect(searched.accepted).toBeGreaterThan(0);
  expect(searched.version).toBeGreaterThan(0);
  expect(searched.refusals).toEqual({});
  const probing = told.filter(({ doing }) => doing === 'probing');
  expect(probing.at(-1)).toMatchObject({ of: 6 * NUM_TABS });
  expect(probing.length).toBeGreaterThan(1);

  const choices = server.runs[0]!.federation().choices;
  expect(choices).toMatchObject([{ budgetBytes: BUDGET_BYTES, isFound: true }]);
  const { scheme, deviceBytes } = choices[0]!.choice;
  expect(deviceBytes).toBeLessThanOrEqual(BUDGET_BYTES);

  // And trains on with what was found.
  await untilStatus(server.url, ({ version }) => version >= searched.version + 4);
  for (const { deviceId } of server.status().runs[0]!.devices) {
    const given = server.runs[0]!.schemeOf(deviceId)!;
    expect(containsScheme(given, scheme) && containsScheme(scheme, given)).toBe(true);
  }
  for (const page of tabs) {
    const state = await deviceStateOf(page);
    expect(state.updates).toBeGreaterThan(0);
    expect(state.problem).toBe('');
  }
});
