// What a run waits for, as people read it: in the tab, on the dashboard (behind a proxy that holds its feed back, too) and in
// the status; and links that lead to another server.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { openHoldingProxy } from './testing/holdingProxy.ts';
import { statusOf, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const everyUpdateSteps = { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } } as const;

let browser: Browser;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  browser = await launchChromium(['--host-resolver-rules=MAP minnow.test 127.0.0.1']);
});
afterAll(() => browser.close());
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(...given: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...given);
  closing.push(() => server.close());
  return server;
}
async function open(url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}
const updatesPass = (page: Page, count: number) =>
  page.waitForFunction((least) => window.minnow.state.updates >= least, count);

it('a cohort that cannot fill is waited for by name and number, in both languages and on the dashboard', async () => {
  const server = await start(testRun('fedAvg', { trigger: { kind: 'cohort', size: 3, deadlineMs: 0 } }));
  const dashboard = await open(`${server.url}/dashboard`);
  await dashboard.getByText('Waiting for a device to join.').waitFor();
  const line = await openCuttableLine(server.port);
  closing.push(() => line.close());
  const english = await open(line.url);
  await english.getByText('Waiting for 2 more devices; 1 of 3 is here').waitFor();
  await english.getByRole('heading', { name: 'This device waits to train a digit reader' }).waitFor();
  const german = await open(`${server.url}/?lang=de`);
  await german.getByText('Wartet auf 1 weiteres Gerät; 2 von 3 sind da').waitFor();
  await dashboard.getByText('Waiting for 1 more device; 2 of 3 are here.').waitFor();
  expect((await statusOf(server.url)).waiting).toEqual({ kind: 'devices', here: 2, of: 3 });
  // It had asked for work before; paused and on a new connection it does not.
  await english.getByRole('button', { name: 'Pause' }).click();
  line.cut();
  await english.waitForFunction(() => !window.minnow.state.connected);
  line.mend();
  await english.waitForFunction(() => window.minnow.state.connected && window.minnow.state.resumes >= 1);
  await open(server.url);
  await german.getByText(/Wartet, dass 1 von 1.Gerät/).waitFor();
  await english.getByRole('button', { name: 'Go on' }).click();
  await untilStatus(server.url, ({ version }) => version >= 1);
});

it('a run that diverges says so with advice, its device asks ever more seldom, and a lower rate mends it', async () => {
  const { localWork } = findTask('digits');
  const diverging = { ...localWork, epochs: 1, maxSteps: 10, learningRate: 1e30 };
  const server = await start(testRun('ftte', everyUpdateSteps, { localWork: diverging }));
  const dashboard = await open(`${server.url}/dashboard`);
  const page = await open(server.url);
  await page.getByText(/times in a row: the learning rate of this run is probably too high/).waitFor();
  await dashboard
    .getByText(/Nothing is learnt: the last \d+ updates diverged\. Lower the learning rate/)
    .waitFor();
  const run = await statusOf(server.url);
  expect(run.waiting).toMatchObject({ kind: 'divergence', learningRate: 1e30 });
  // By now it has asked as often as it has diverged, each time after a longer rest: no more than a few times.
  expect(run.devices[0]!.assignments).toBeLessThanOrEqual(12);
  const { strategy, subset } = server.runs[0]!.config;
  await server.runs[0]!.changeSettings({ strategy, subset, learningRate: localWork.learningRate });
  await updatesPass(page, 2);
  expect(await deviceStateOf(page)).toMatchObject({ diverged: 0, problem: '' });
  // A search may be under way by now.
  await dashboard.waitForFunction(
    () => !document.getElementById('waiting')!.textContent!.includes('Nothing is learnt'),
  );
});

it('a dashboard whose feed a proxy holds back asks for it, says so, and goes back to the feed', async () => {
  const server = await start(testRun('ftte', everyUpdateSteps));
  const proxy = await openHoldingProxy(server.port);
  closing.push(() => proxy.close());
  const dashboard = await open(`${proxy.url}/dashboard`);
  await dashboard.getByText('holds the live feed back').waitFor();
  await dashboard.getByText('Waiting for a device to join.').waitFor();
  const page = await open(server.url);
  await updatesPass(page, 2);
  await dashboard.waitForFunction(() => Number(document.getElementById('updates')!.textContent) >= 2);
  expect(proxy.asked.some((path) => path.includes('once'))).toBe(true);
  proxy.letThrough();
  await dashboard.getByText('holds the live feed back').waitFor({ state: 'hidden' });
  await dashboard.getByText('Live', { exact: true }).waitFor();
});

it('a tab whose server is away says when it is tried next, before and after it has joined', async () => {
  const server = await start(testRun('ftte', everyUpdateSteps));
  const line = await openCuttableLine(server.port);
  closing.push(() => line.close());
  const page = await open(line.url);
  await updatesPass(page, 1);
  line.cut();
  await page.getByText(/Nothing is lost: training goes on where it was; next try in \d+ s/).waitFor();
  line.mend();
  await page.waitForFunction(() => window.minnow.state.connected && window.minnow.state.resumes >= 1);
});

it('a link to another server is asked about by its host, once for a tab, and not for its own', async () => {
  const own = await start(testRun('ftte', everyUpdateSteps));
  const other = await start(testRun('ftte', everyUpdateSteps), undefined, {
    allowedHosts: [new URL(own.url).hostname],
  });
  const { host } = new URL(other.url);
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  await page.goto(`${own.url}/?server=${encodeURIComponent(other.url)}`);
  await page.getByRole('heading', { name: 'This link leads to another server' }).waitFor();
  await page.getByText(`This tab would train for “${host}”`).waitFor();
  expect(asked.filter((url) => url.includes(host) && !url.includes('server='))).toEqual([]);
  expect((await statusOf(other.url)).devices).toEqual([]);
  await page.getByRole('button', { name: `Train for ${host}` }).click();
  await updatesPass(page, 1);
  expect((await statusOf(other.url)).devices).toHaveLength(1);
  expect((await statusOf(own.url)).devices).toEqual([]);
  await page.reload();
  await page.waitForFunction(() => window.minnow.state.resumes === 1);
  const itself = await open(`${own.url}/?server=${encodeURIComponent(own.url)}`);
  await updatesPass(itself, 1);
});
