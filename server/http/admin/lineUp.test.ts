// Changing a run from the desk, on a real server: settings, a run begun anew, runs side by side, a device removed.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Joined } from '../../../shared/contract/messages.ts';
import type { StepTimes } from '../../../shared/contract/dashboard.ts';
import { numParameters } from '../../../shared/engine/model.ts';
import { flagsToRun } from '../../../shared/settings/runSetup.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../startServer.ts';
import { readManifest } from '../../store/runManifest.ts';
import { connectLoadDevice, LOAD_JOIN, type LoadDevice } from '../../testing/loadDevice.ts';
import {
  openTinyTask,
  TINY_TASK,
  TINY_TENSOR_SIZES,
  tinyRun,
  tinyServerOptions,
} from '../../testing/tinyTask.ts';

let runsDir = '';
let server: RunningServer;
let devices: LoadDevice[] = [];

beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-line-up-'));
});
afterEach(async () => {
  for (const device of devices) device.close();
  devices = [];
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function start(ids: readonly string[], more: Partial<ServerOptions> = {}): Promise<void> {
  const runs = ids.map((id) => tinyRun(id));
  server = await startServer({ ...tinyServerOptions(runsDir, runs), ...more });
}

async function steer(command: unknown, run = ''): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}/api/admin/steer?run=${run}`, {
    method: 'POST',
    body: JSON.stringify(command),
    headers: { authorization: `Bearer ${server.adminToken}` },
  });
  return { status: answer.status, text: await answer.text() };
}

async function connect(): Promise<LoadDevice> {
  const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  devices.push(device);
  return device;
}

async function joinOne(
  ...[wanted]: Parameters<LoadDevice['join']>
): Promise<{ device: LoadDevice; joined: Joined }> {
  const device = await connect();
  const joined = await device.join(wanted);
  if (!joined.ok) throw new Error(joined.message);
  return { device, joined };
}

const ready = (device: LoadDevice) => device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
const DELTA = () => new Float32Array(numParameters(TINY_TASK.model)).fill(0.01);

const phone = (i: number) => ({
  device: { ...LOAD_JOIN.device, stragglerFactor: i % 4 === 0 ? 8 : 1, browser: i % 3 ? 'A' : 'B' },
});
const openTinyAlone = (id: string) =>
  id === 'tiny' ? openTinyTask() : Promise.reject(new Error('other: no file "train.csv"'));

describe('settings', () => {
  it('hold from the next assignment on, are kept in the folder, and after a restart', async () => {
    await start(['one']);
    const { device } = await joinOne();
    await ready(device);
    const { assignment } = await device.nextAssignment();
    const answer = await steer({
      kind: 'settings',
      strategy: 'fedavg',
      buffer: 3,
      learningRate: 0.02,
      serverLearningRate: 0.5,
    });
    expect(answer).toMatchObject({ status: 204 });
    expect(await device.update(assignment.assignmentId, DELTA())).toMatchObject({ ok: true });
    expect((await device.nextAssignment()).assignment.localWork.learningRate).toBe(0.02);
    const trigger = { kind: 'cohort', size: 3, first: 1, deadlineMs: 0 };
    const settings = { strategy: { name: 'fedAvg', trigger, serverLearningRate: 0.5 }, learningRate: 0.02 };
    const kept = () => JSON.parse(readFileSync(join(runsDir, 'one', 'settings.json'), 'utf8')) as unknown;
    expect(kept()).toMatchObject(settings);
    // How it began is what its folder is claimed by.
    expect(readManifest(join(runsDir, 'one'))?.config.strategy.name).toBe('ftte');

    device.close();
    await server.close();
    await start(['one']);
    expect(server.runs[0]!.config).toMatchObject({
      strategy: settings.strategy,
      localWork: { learningRate: 0.02 },
    });
    expect(server.status().runs[0]!.strategy).toBe('fedAvg');
    expect(kept()).toMatchObject(settings);
  });

  it('that cannot work are told and change nothing', async () => {
    await start(['one']);
    const bad: readonly [object, RegExp][] = [
      [{ strategy: 'fedmagic' }, /strategy must be one of ftte/],
      [{ subset: 'some' }, /subset must be one of/],
      [{ buffer: 1.5 }, /whole number/],
      [{ strategy: 'fedavg', buffer: 5000 }, /concurrency must be at least the cohort size 5000/],
      [{ learningRate: 0 }, /learningRate must be above 0/],
      [{ serverLearningRate: '1' }, /serverLearningRate must be a number/],
    ];
    for (const [change, reason] of bad) {
      const answer = await steer({ kind: 'settings', ...change });
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(reason);
    }
    expect(server.runs[0]!.config).toEqual(tinyRun('one'));
  });
});

describe('a run begun anew', () => {
  it('has an id and a folder of its own, takes over devices and settings, and is found by the old name', async () => {
    await start(['one']);
    const { device, joined } = await joinOne();
    await ready(device);
    await steer({ kind: 'settings', learningRate: 0.03 });
    await steer({ kind: 'pause', isPaused: true });
    expect(await steer({ kind: 'begin' })).toMatchObject({ status: 204 });
    expect(await device.ended).toMatchObject({ code: 'moved' });
    const [run] = server.runs;
    expect(server.runs).toHaveLength(1);
    expect(run!.config).toEqual({
      ...tinyRun(run!.config.id),
      localWork: { ...tinyRun(run!.config.id).localWork, learningRate: 0.03 },
    });
    expect(run!.config.id).toMatch(/^tiny-ftte-\d{4}-/);
    expect(run!.version).toBe(0);

    // The page joins by itself, and one that slept meanwhile by its token or by the name in its address.
    const paces: unknown[] = [];
    const anew = await connect();
    anew.socket.onAny((name: unknown, pace: unknown) => name === 'pace' && paces.push(pace));
    expect(await anew.join()).toMatchObject({ ok: true, run: run!.config.id, resumed: false });
    await expect.poll(() => paces).toEqual([{ slowdown: 1, isPaused: true }]);
    const sleeper = await joinOne({ token: joined.token });
    expect(sleeper.joined).toMatchObject({ run: run!.config.id, resumed: false });
    expect((await joinOne({ run: 'one' })).joined.run).toBe(run!.config.id);

    expect(await steer({ kind: 'begin' }, 'one')).toMatchObject({ status: 204 });
    expect(server.runs[0]!.config.id).not.toBe(run!.config.id);
    expect((await joinOne({ run: 'one' })).joined.run).toBe(server.runs[0]!.config.id);
    // Old runs are finished as any other.
    await server.close();
    expect(readdirSync(join(runsDir, 'one'))).toEqual(expect.arrayContaining(['model.safetensors']));
  });

  it('with a task that is not offered is refused, and the old one goes on', async () => {
    await start(['one']);
    expect(await steer({ kind: 'begin', task: 'digits' })).toEqual({
      status: 400,
      text: 'task must be one of tiny, got "digits"\n',
    });
    expect(server.runs.map(({ config }) => config.id)).toEqual(['one']);
  });

  it('with data that is not there is refused, and the old one goes on', async () => {
    const other = { ...TINY_TASK, id: 'other' };
    await start(['one'], { tasks: [TINY_TASK, other], openTask: openTinyAlone });
    expect(await steer({ kind: 'begin', task: 'other' })).toEqual({
      status: 409,
      text: 'other: no file "train.csv"\n',
    });
    expect(server.runs.map(({ config }) => config.id)).toEqual(['one']);
    expect((await joinOne()).joined.run).toBe('one');
  });
});

describe('runs side by side', () => {
  it('get like halves of the fleet, and are slowed and paused alike', async () => {
    await start(['a', 'b'], { isSideBySide: true });
    for (let i = 0; i < 12; i++) await joinOne(phone(i));
    const fleets = server.runs.map((run) => run.federation().devices.map(({ device }) => device));
    expect(fleets.map((fleet) => fleet.length)).toEqual([6, 6]);
    for (const browser of ['A', 'B']) {
      const counts = fleets.map((fleet) => fleet.filter((device) => device.browser === browser).length);
      expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
    }
    const slow = fleets.map((fleet) => fleet.filter(({ stragglerFactor }) => stragglerFactor > 1).length);
    expect(Math.abs(slow[0]! - slow[1]!)).toBeLessThanOrEqual(1);
    expect((await joinOne({ run: 'b' })).joined.run).toBe('b');

    const paces: { slowdown: number }[] = [];
    for (const { socket } of devices)
      socket.onAny((name: unknown, pace: { slowdown: number }) => name === 'pace' && paces.push(pace));
    await steer({ kind: 'slow', share: 0.5, factor: 10 });
    await expect.poll(() => paces.length).toBe(13);
    expect(paces.filter(({ slowdown }) => slowdown === 10)).toHaveLength(6);
  });

  it('are opened from the desk with the same task, seed and first parameters, and end together', async () => {
    await start([], { runs: [tinyRun('one', { concurrency: 7 })] });
    const { device } = await joinOne();
    expect(await steer({ kind: 'begin', strategies: ['fedavg', 'ftte'] })).toMatchObject({ status: 204 });
    expect(await device.ended).toMatchObject({ code: 'moved' });
    const [fedAvg, ftte] = server.runs;
    expect(fedAvg!.parameters).toEqual(ftte!.parameters);
    expect(fedAvg!.config).toMatchObject({ task: 'tiny', seed: 7, subset: { kind: 'full' } });
    expect(ftte!.config).toMatchObject({ task: 'tiny', seed: 7, subset: { kind: 'weakest' } });
    expect(fedAvg!.config.strategy.trigger).toEqual({ kind: 'cohort', size: 7, first: 1, deadlineMs: 0 });
    const ids = server.runs.map(({ config }) => config.id);
    for (const run of server.runs) expect(readManifest(run.folder)?.beside).toEqual(ids);
    // One alone again.
    expect(await steer({ kind: 'begin', strategies: ['ftte'] })).toMatchObject({ status: 204 });
    expect(server.runs).toHaveLength(1);
    expect((await joinOne({ run: ids[0]! })).joined.run).toBe(server.runs[0]!.config.id);
  });

  it('deal a device that has a part in one of them alone to that one', async () => {
    const full = flagsToRun('full', { strategy: 'fedavg' }, null).config;
    const weakest = flagsToRun('weakest', { strategy: 'ftte' }, null).config;
    server = await startServer({ runs: [full, weakest], runsDir, host: '127.0.0.1', isSideBySide: true });
    for (let i = 0; i < 2; i++) {
      const { joined } = await joinOne({ budgetBytes: 64 * 1024 });
      expect(joined.run).toBe('weakest');
    }
  });
});

it('a removed device is told, cannot resume by its token, a restart included, and may join anew', async () => {
  await start(['one']);
  const { device, joined } = await joinOne();
  await ready(device);
  const { assignment } = await device.nextAssignment();
  await device.update(assignment.assignmentId, DELTA());
  const times = (await (await fetch(`${server.url}/api/steptimes`)).json()) as StepTimes;
  expect(times[joined.deviceId]).toEqual({ atMs: [expect.any(Number)], stepMs: [2.5] });
  const table = await fetch(`${server.url}/api/admin/download?file=devices.csv`, {
    headers: { authorization: `Bearer ${server.adminToken}` },
  });
  const [heading, row] = (await table.text()).split('\r\n').map((line) => line.split(','));
  expect(heading!.slice(-2)).toEqual(['stepTimesMs', 'stepTimesAtMs']);
  expect(row!.slice(-2)).toEqual(['2.5', String(times[joined.deviceId]!.atMs[0])]);

  expect((await steer({ kind: 'remove', deviceId: 'nobody' })).status).toBe(400);
  expect(await steer({ kind: 'remove', deviceId: joined.deviceId })).toMatchObject({ status: 204 });
  expect(await device.ended).toMatchObject({ code: 'removed' });
  const { token } = joined;
  const resume = async () => (await connect()).join({ token });
  expect(await resume()).toMatchObject({ ok: false, code: 'removed' });
  // Nor at once as somebody new; others of its address come in.
  expect(await (await connect()).join()).toMatchObject({ ok: false, code: 'removed' });
  expect(await (await connect()).join({ device: { ...LOAD_JOIN.device, name: 'another' } })).toMatchObject({
    ok: true,
  });
  await server.close();
  await start(['one']);
  expect(await resume()).toMatchObject({ ok: false, code: 'removed' });
  const anew = await joinOne();
  expect(anew.joined.deviceId).not.toBe(joined.deviceId);
});
