// Real tabs tell what each part of the model gains, and train what a search made of it: without a public set.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Browser } from 'playwright';
import { containsScheme } from '../shared/engine/scheme.ts';
import type { SearchStatus } from '../shared/protocol/status.ts';
import type { SchemeChoice } from '../server/federation/selectScheme.ts';
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

interface Finding {
  readonly budgetBytes: number;
  readonly choice: SchemeChoice | null;
}

/** What searches have found, by the run's journal. */
function findingsOf(runsDir: string): Finding[] {
  const folder = join(runsDir, 'test', 'journal');
  const journal = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  const starts = journal
    .join('')
    .split(/(?=\{"kind":"schemeFound")/)
    .slice(1);
  return starts.map((text) => JSON.parse(text.slice(0, lengthOfObject(text))) as Finding);
}

/** Of the JSON at its beginning, which has no braces in strings. */
function lengthOfObject(text: string): number {
  let depth = 0;
  for (const [index, letter] of [...text].entries()) {
    if (letter === '{') depth++;
    if (letter === '}' && --depth === 0) return index + 1;
  }
  throw new Error(`no whole object in ${text}`);
}

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

  const [finding] = await vi.waitFor(() => {
    const findings = findingsOf(server.runsDir);
    expect(findings).toMatchObject([{ budgetBytes: BUDGET_BYTES, choice: {} }]);
    return findings;
  });
  const { scheme, deviceBytes } = finding!.choice!;
  expect(deviceBytes).toBeLessThanOrEqual(BUDGET_BYTES);
  expect(server.runs[0]!.federation().choices).toMatchObject([{ choice: finding!.choice }]);

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
