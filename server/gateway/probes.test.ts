// Probes over real sockets: what devices tell is checked, acknowledged, kept over a restart, and searched by.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { UpdateAnswer } from '../../shared/contract/messages.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { startServer, type RunningServer, type ServerOptions } from '../startServer.ts';
import { connectLoadDevice, type Delivery, type LoadDevice } from '../testing/loadDevice.ts';
import { openTinyTask, TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

const HOLDS_NOTHING = { held: TINY_TENSOR_SIZES.map(() => -1) };
const SUBSET = { kind: 'weakest' } as const;
const PROBED = tinyRun('probed', {
  subset: SUBSET,
  contributions: { kind: 'probes', perGroup: 2, numBatches: 4, patienceMs: 60_000 },
});

let runsDir = '';
let server: RunningServer;
let devices: LoadDevice[] = [];
let failures: Error[] = [];

beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-probes-'));
  failures = [];
});
afterEach(async () => {
  await closeAll();
  rmSync(runsDir, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

async function closeAll(): Promise<void> {
  for (const device of devices) device.close();
  devices = [];
  await server.close();
}

async function start(run: RunConfig, options: Partial<ServerOptions> = {}): Promise<void> {
  server = await startServer({
    ...tinyServerOptions(runsDir, [run]),
    onFailure: (error) => failures.push(error),
    ...options,
  });
}

/** Joined, resumed with a token, and ready. */
async function connect(token = ''): Promise<{ readonly device: LoadDevice; readonly token: string }> {
  const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  devices.push(device);
  const joined = await device.join({ token });
  if (!joined.ok) throw new Error(joined.message);
  await device.send('ready', HOLDS_NOTHING);
  return { device, token: joined.token };
}

const searchOf = () => server.status().runs[0]!.search;

function probeOf({ assignment }: Delivery, change: object = {}) {
  return { assignmentId: assignment.assignmentId, product: 0.5, samples: 10, ...HOLDS_NOTHING, ...change };
}

/** Does what it is given until it has probed so many times. */
async function work(device: LoadDevice, numProbes: number): Promise<void> {
  for (let probes = 0; probes < numProbes;) {
    const delivery = await device.nextAssignment();
    const { assignmentId, scheme, probe, encoding } = delivery.assignment;
    expect(encoding).toEqual({ kind: 'float32' });
    const size = scheme.entries.reduce(
      (sum, { output, input }) => sum + (output[1] - output[0]) * (input[1] - input[0]),
      0,
    );
    const answer = probe
      ? await device.send<UpdateAnswer>('probe', probeOf(delivery))
      : await device.update(assignmentId, new Float32Array(size));
    expect(answer).toMatchObject({ ok: true, duplicate: false });
    if (probe) probes++;
  }
}

it('are told, kept over a restart, and searched by', { timeout: 60_000 }, async () => {
  await start(PROBED);
  const first = await connect();
  expect(searchOf()).toEqual({ doing: 'probing', done: 0, of: 4 });
  await work(first.device, 1);
  expect(searchOf()).toEqual({ doing: 'probing', done: 1, of: 4 });
  await closeAll();
  await start(PROBED);
  expect(searchOf()).toEqual({ doing: 'probing', done: 1, of: 4 });
  const again = await connect(first.token);
  const other = await connect();
  expect(searchOf()).toEqual({ doing: 'probing', done: 1, of: 8 });
  await Promise.all([work(again.device, 3), work(other.device, 4)]);
  await vi.waitFor(() => expect(searchOf()).toBeNull(), { timeout: 30_000, interval: 50 });
  const [choice] = server.runs[0]!.federation().choices;
  expect(choice!.choice.trainedShare).toBe(1);
  expect(server.status().runs[0]).toMatchObject({ refusals: {}, duplicates: 0 });
});

it('are refused where they cannot be, and count once', async () => {
  await start(PROBED);
  const { device } = await connect();
  const delivery = await device.nextAssignment();
  expect(delivery.assignment.probe).toEqual({ numBatches: 4 });
  for (const bad of [{ product: Number.NaN }, { product: '1' }, { samples: 1 }, { held: [0] }])
    expect(await device.send('probe', probeOf(delivery, bad))).toMatchObject({
      ok: false,
      code: 'malformed',
    });
  const unknown = { assignmentId: 'probed-99' };
  expect(await device.send('probe', probeOf(delivery, unknown))).toMatchObject({ code: 'unknownAssignment' });
  expect(searchOf()).toMatchObject({ done: 0 });
  expect(await device.send('probe', probeOf(delivery))).toMatchObject({ ok: true, duplicate: false });
  expect(await device.send('probe', probeOf(delivery))).toMatchObject({ ok: true, duplicate: true });
  expect(searchOf()).toMatchObject({ done: 1 });
  const next = await device.nextAssignment();
  expect(next.assignment.probe).toBeUndefined();
  expect(await device.send('probe', probeOf(next))).toMatchObject({ ok: false, code: 'outOfOrder' });
});

/** Too few training samples to hold any out. */
async function openTinyTaskOfTwo() {
  const { task, data } = await openTinyTask();
  const { inputs, labels } = data.train;
  const train = { ...data.train, count: 2, inputs: inputs.slice(0, 8), labels: labels.slice(0, 2) };
  return { task, data: { ...data, train } };
}

it('are what the search goes by where the server has too few samples, unless the public set is asked for', async () => {
  const few = { openTask: openTinyTaskOfTwo, numShards: 1, samplesPerShard: 2 };
  const run = tinyRun('few', { subset: SUBSET });
  await expect(start({ ...run, contributions: { kind: 'publicSet' } }, few)).rejects.toThrow(
    'contributions must be probes',
  );
  await start(run, few);
  const { device } = await connect();
  expect((await device.nextAssignment()).assignment.probe).toBeDefined();
  const { config } = JSON.parse(readFileSync(join(runsDir, 'few', 'config.json'), 'utf8'));
  expect(config.contributions).toMatchObject({ kind: 'probes' });
});
