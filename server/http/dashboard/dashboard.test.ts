// The dashboard's feed on a real server with real sockets; only the devices' deltas are made up.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Joined } from '../../../shared/contract/messages.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../startServer.ts';
import { readFeed, type FeedReader } from '../../testing/feedReader.ts';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../../testing/tinyTask.ts';

const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const HOLDS_NOTHING = { held: TINY_TENSOR_SIZES.map(() => -1) };

let runsDir = '';
let server: RunningServer;
let closing: { close(): void }[] = [];

beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-dashboard-'));
  await start();
});
afterEach(async () => {
  for (const each of closing) each.close();
  closing = [];
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function start(options: Partial<ServerOptions> = {}): Promise<void> {
  server = await startServer({ ...tinyServerOptions(runsDir, [tinyRun('one'), tinyRun('two')]), ...options });
}

async function open(run = ''): Promise<FeedReader> {
  const feed = await readFeed(server.url, run);
  closing.push(feed);
  return feed;
}

async function connectAndJoin(device: Partial<typeof LOAD_JOIN.device> = {}) {
  const connection = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  closing.push(connection);
  const answer = await connection.join({ device: { ...LOAD_JOIN.device, ...device } });
  expect(answer).toMatchObject({ ok: true });
  return { connection, deviceId: (answer as unknown as Joined).deviceId };
}

/** Hands in one update. */
async function work(connection: LoadDevice): Promise<void> {
  const { assignment } = await connection.nextAssignment();
  const answer = await connection.update(
    assignment.assignmentId,
    new Float32Array(NUM_PARAMETERS).fill(0.01),
  );
  expect(answer).toMatchObject({ ok: true });
}

const until = (check: () => boolean) => expect.poll(check, { interval: 5, timeout: 60_000 }).toBe(true);

it('tells everything at first, and then only what has changed', async () => {
  const early = await connectAndJoin();
  const { connection, deviceId } = await connectAndJoin({ browser: 'Firefox 128 (Android)' });
  const feed = await open();
  expect(feed.messages[0]).toMatchObject({
    run: { id: 'one', numParameters: NUM_PARAMETERS, classes: ['low', 'high'], picture: null },
    figures: { strategy: 'ftte', version: 0, bufferSize: 2 },
    history: { steps: { version: [] } },
  });
  expect(feed.messages[0]!.run!.joinUrls).toContain(server.url);
  expect(feed.messages[0]!.devices!.map(({ id }) => id)).toEqual([early.deviceId, deviceId]);
  expect(feed.devices.get(deviceId)).toMatchObject({
    state: 'waiting',
    browser: 'Firefox 128',
    kind: 'Android',
    scheme: -1,
  });

  await connection.send('ready', HOLDS_NOTHING);
  await until(() => feed.devices.get(deviceId)!.state === 'training');
  await work(connection);
  await work(connection);
  await until(() => feed.messages.some(({ history }) => history?.steps.version.includes(1)));
  await until(() => feed.messages.some(({ history }) => history?.evaluations.version.includes(1)));
  await until(() => feed.devices.get(deviceId)!.updates === 2);
  expect(feed.devices.get(deviceId)).toMatchObject({
    staleness: 0,
    scheme: 0,
    trainedShare: 1,
    bytesUp: 2 * NUM_PARAMETERS * 4,
    isBudgetEnforced: true,
  });
  expect(feed.messages.find(({ schemes }) => (schemes?.length ?? 0) > 0)!.schemes![0]!.entries.length).toBe(
    4,
  );
  const later = feed.messages.slice(1);
  expect(later.some((message) => message.run)).toBe(false);
  // The other device has done nothing, so nothing is said of it.
  expect(later.some(({ devices }) => devices?.some(({ id }) => id === early.deviceId))).toBe(false);
  expect(later.at(-1)!.nowMs).toBeGreaterThan(0);
});

it('tells devices that sleep from those that have left', async () => {
  const sleeper = await connectAndJoin();
  const leaver = await connectAndJoin();
  const feed = await open();
  sleeper.connection.close();
  await leaver.connection.send('leave');
  await until(() => feed.devices.get(sleeper.deviceId)!.state === 'asleep');
  await until(() => feed.devices.get(leaver.deviceId)!.state === 'gone');
});

it('shows no text that a device made up, unless the server allows names', async () => {
  const rude = { name: 'RUDE', profile: 'RUDE', backend: 'RUDE', browser: 'Chrome 1 (RUDE)' };
  const { deviceId } = await connectAndJoin(rude);
  expect(JSON.stringify((await open()).messages)).not.toContain('RUDE');

  await server.close();
  await start({ allowsNames: true });
  const feed = await open();
  expect(feed.devices.get(deviceId)).toMatchObject({ name: 'RUDE', kind: 'RUDE', browser: '', backend: '' });
});

it('shows the past to whoever comes late, after a restart too, and each run its own', async () => {
  const { connection } = await connectAndJoin();
  await connection.send('ready', HOLDS_NOTHING);
  for (let i = 0; i < 4; i++) await work(connection);
  await until(() => server.runs[0]!.version === 2);
  await server.close();
  await start();
  expect((await open()).messages[0]!.history).toMatchObject({
    steps: { version: [1, 2] },
    evaluations: { version: expect.arrayContaining([2]) },
    staleness: [4],
  });
  expect((await open('two')).messages[0]!.history).toMatchObject({ steps: { version: [] }, staleness: [] });
  const history = await (await fetch(`${server.url}/api/history?run=one`)).json();
  expect(history).toMatchObject({ steps: { version: [1, 2] }, staleness: [4] });
});

it('examines the model only while somebody looks', async () => {
  await until(() => server.runs[0]!.score >= 0);
  expect(server.runs[0]!.examination).toBeNull();
  const feed = await open();
  await until(() => feed.messages.some(({ examination }) => examination));
  const { confusion } = feed.messages.find(({ examination }) => examination)!.examination!;
  expect(confusion.length).toBe(4);
  expect(confusion.reduce((sum, count) => sum + count, 0)).toBe(20);
});

it('gives single held-out samples, and refuses what is not there', async () => {
  const { test } = server.runs[0]!;
  const sample = new Uint8Array(await (await fetch(`${server.url}/api/sample?index=3`)).arrayBuffer());
  expect(sample).toEqual(test.inputs.slice(12, 16));
  for (const path of ['sample?index=20', 'sample?index=-1', 'sample?index=x', 'sample', 'feed?run=x'])
    expect((await fetch(`${server.url}/api/${path}`)).status, path).toBe(404);
  for (const path of ['feed', 'history', 'sample?index=1', 'status'])
    expect((await fetch(`${server.url}/api/${path}`, { method: 'POST' })).status, path).toBe(405);
});

it('gives its figures to Prometheus', async () => {
  const { connection } = await connectAndJoin({ name: 'RUDE' });
  await connection.send('ready', HOLDS_NOTHING);
  await work(connection);
  const answer = await fetch(`${server.url}/metrics`);
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  const text = await answer.text();
  expect(text).toContain('minnow_updates_accepted_total{run="one"} 1\n');
  expect(text).toContain('minnow_devices{run="one",state="training"} 1\n');
  expect(text).not.toContain('RUDE');
});
