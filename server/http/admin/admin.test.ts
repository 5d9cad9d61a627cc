// Steering on a real server: refused without the token, obeyed and told to devices with it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pace } from '../../../shared/contract/pace.ts';
import { parametersOf } from '../../../shared/engine/model.ts';
import { startServer, type RunningServer } from '../../startServer.ts';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../../testing/tinyTask.ts';
import { createAdminGuard } from './adminToken.ts';
import { createAdminRoutes } from './adminRoutes.ts';
import { csvLine } from './csv.ts';
import { DOWNLOADS } from './downloads.ts';

let runsDir = '';
let server: RunningServer;
let devices: LoadDevice[] = [];

beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-admin-'));
  server = await startServer(tinyServerOptions(runsDir, [tinyRun('one'), tinyRun('two')]));
});
afterEach(async () => {
  for (const device of devices) device.close();
  devices = [];
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

function ask(path: string, init: RequestInit & { token?: string } = {}): Promise<Response> {
  const { token = server.adminToken, ...rest } = init;
  return fetch(`${server.url}/api/admin/${path}`, { ...rest, headers: { authorization: `Bearer ${token}` } });
}

async function download(file: string): Promise<Buffer> {
  return Buffer.from(await (await ask(`download?file=${file}`)).arrayBuffer());
}

function steer(command: unknown): Promise<Response> {
  return ask('steer', { method: 'POST', body: JSON.stringify(command) });
}

/** A device that has joined, and what it was told of its pace, oldest first. */
async function connectPaced(): Promise<{ device: LoadDevice; paces: Pace[] }> {
  const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  devices.push(device);
  const paces: Pace[] = [];
  device.socket.onAny((name: unknown, pace: Pace) => {
    if (name === 'pace') paces.push(pace);
  });
  await device.join({ device: { ...LOAD_JOIN.device, name: '=cmd()' } });
  return { device, paces };
}

const until = (check: () => boolean) => expect.poll(check, { interval: 5, timeout: 10_000 }).toBe(true);

it('every admin route refuses whoever has no token, a wrong one, or a longer or shorter one', async () => {
  const guard = createAdminGuard(new Uint8Array(32));
  const routes = Object.keys(
    createAdminRoutes({ guard, joinCode: '', lineUp: null!, tasks: [], begin: null! }),
  );
  expect(routes).toEqual(['/api/admin/check', '/api/admin/steer', '/api/admin/download']);
  const paths = [
    ...routes,
    ...Object.keys(DOWNLOADS).map((file) => `/api/admin/download?file=${file}`),
    '/api/admin/check?run=there-is-none',
  ];
  const { adminToken } = server;
  const guesses = [undefined, '', 'x', guard.token, `${adminToken}x`, adminToken.slice(1)];
  const expectRefused = async (path: string, method: string, guess?: string): Promise<void> => {
    const headers = guess === undefined ? undefined : { authorization: `Bearer ${guess}` };
    const answer = await fetch(server.url + path, { method, ...(headers && { headers }) });
    expect(answer.status, `${method} ${path} ${guess}`).toBe(401);
  };
  // All at once: who guesses often is answered late.
  await Promise.all(
    paths.flatMap((path) => [
      ...guesses.flatMap((guess) => ['GET', 'POST'].map((method) => expectRefused(path, method, guess))),
      // In the address it would end up in logs and histories.
      expectRefused(`${path}${path.includes('?') ? '&' : '?'}token=${adminToken}`, 'GET'),
    ]),
  );
  expect((await ask('check')).status).toBe(200);
  expect(server.runs[0]!.isEnded).toBe(false);
});

it('the token stays the same after a restart, and is another with another secret', async () => {
  const { adminToken } = server;
  await server.close();
  server = await startServer(tinyServerOptions(runsDir, [tinyRun('one')]));
  expect(server.adminToken).toBe(adminToken);
  expect(createAdminGuard(new Uint8Array(32)).token).not.toBe(adminToken);
});

it('half of the devices are made slower, and all are let go again', async () => {
  const all = [await connectPaced(), await connectPaced(), await connectPaced(), await connectPaced()];
  await until(() => all.every(({ paces }) => paces.length === 1));
  expect((await steer({ kind: 'slow', share: 0.5, factor: 10 })).status).toBe(204);
  await until(() => all.every(({ paces }) => paces.length === 2));
  expect(all.map(({ paces }) => paces.at(-1)!.slowdown).sort()).toEqual([1, 1, 10, 10]);
  await steer({ kind: 'slow', share: 1, factor: 1 });
  await until(() => all.every(({ paces }) => paces.at(-1)!.slowdown === 1 && paces.length === 3));
});

it('a pause reaches devices that are here and that come later', async () => {
  const early = await connectPaced();
  await steer({ kind: 'pause', isPaused: true });
  const late = await connectPaced();
  await until(() => [early, late].every(({ paces }) => paces.at(-1)?.isPaused === true));
  await steer({ kind: 'pause', isPaused: false });
  await until(() => [early, late].every(({ paces }) => paces.at(-1)?.isPaused === false));
});

it('a device narrows nobody once it is exempt, and may again', async () => {
  await connectPaced();
  const [run] = server.runs;
  const { deviceId } = run!.federation().devices.at(-1)!;
  const isExempt = () => run!.federation().devices.find((each) => each.deviceId === deviceId)!.isExempt;
  for (const wanted of [true, false]) {
    expect((await steer({ kind: 'exempt', deviceId, isExempt: wanted })).status).toBe(204);
    expect(isExempt()).toBe(wanted);
  }
});

it('ends the run that is named', async () => {
  const answer = await ask('steer?run=two', { method: 'POST', body: '{"kind":"end"}' });
  expect(answer.status).toBe(204);
  expect(server.runs.map(({ isEnded }) => isEnded)).toEqual([false, true]);
});

it('refuses what is no command, and says why', async () => {
  for (const [command, why] of [
    [{ kind: 'dance' }, 'kind must be'],
    [{ kind: 'slow', share: 2, factor: 10 }, 'share must be'],
    [{ kind: 'slow', share: 0.5, factor: 1e9 }, 'factor must be'],
    [{ kind: 'slow', share: 0.5, factor: '10' }, 'factor must be'],
    [{ kind: 'pause' }, 'isPaused must be'],
    [{ kind: 'exempt', deviceId: 'd1' }, 'isExempt must be'],
    [{ kind: 'exempt', deviceId: 'nobody', isExempt: true }, 'deviceId must be'],
    ['text', 'must be a JSON object'],
    [null, 'must be a JSON object'],
  ] as const) {
    const answer = await steer(command);
    expect(answer.status, why).toBe(400);
    expect(await answer.text()).toContain(why);
  }
  expect((await ask('steer', { method: 'POST', body: `"${'x'.repeat(5000)}"` })).status).toBe(413);
  expect((await ask('steer')).status).toBe(405);
  expect((await ask('check?run=none')).status).toBe(404);
  expect((await ask('download?file=../session.secret')).status).toBe(404);
});

it('gives the model in both formats, the metrics and the table of devices', async () => {
  const { device } = await connectPaced();
  await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
  const numParameters = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
  for (let i = 0; i < 4; i++) {
    const { assignment } = await device.nextAssignment();
    await device.update(assignment.assignmentId, new Float32Array(numParameters).fill(0.01));
  }
  await until(() => server.runs[0]!.version === 2);
  const values = Buffer.concat(
    server.runs[0]!.parameters.map((tensor) => Buffer.from(tensor.slice().buffer)),
  );

  const tensors = await download('model.safetensors');
  expect(tensors.subarray(-values.length)).toEqual(values);
  expect(tensors.toString('latin1')).toContain('"version":"2"');
  const topology = JSON.parse((await download('model.json')).toString('utf8'));
  expect(topology).toMatchObject({ format: 'layers-model' });
  expect(topology.weightsManifest[0].weights.length).toBe(parametersOf(server.runs[0]!.task.model).length);
  expect(await download('weights.bin')).toEqual(values);

  const lines = (await download('metrics.jsonl')).toString('utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).version)).toEqual([1, 2]);
  const [header, ...rows] = (await download('metrics.csv')).toString('utf8').trimEnd().split('\r\n');
  expect(header!.split(',').slice(0, 5)).toEqual(['version', 'atMs', 'trigger', 'updates', 'meanStaleness']);
  expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2']);
  expect(rows.every((row) => row.split(',').length === header!.split(',').length)).toBe(true);
  const [columns, row] = (await download('devices.csv')).toString('utf8').trimEnd().split('\r\n');
  expect(columns).toContain('cores,name,profile,backend');
  expect(row).toContain(",'=cmd(),");
});

it('a table survives commas, quotes and line ends', () => {
  expect(csvLine(['a,b', 'say "hi"', 'two\nlines', 1.5, true])).toBe(
    '"a,b","say ""hi""","two\nlines",1.5,true\r\n',
  );
});
