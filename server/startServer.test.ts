// What a server leaves behind, what it refuses to start with, and what it answers over plain HTTP.

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findStrategy } from '../shared/federation/strategies.ts';
import { connectLoadDevice } from './testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from './testing/tinyTask.ts';
import { startServer } from './startServer.ts';
import { listCheckpoints } from './store/checkpoint.ts';
import { lockFolder } from './store/lockFolder.ts';
import { listSegments } from './store/segment.ts';
import { nodeDisk } from './store/nodeDisk.ts';

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);

let runsDir = '';
beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-server-'));
});
afterEach(() => rmSync(runsDir, { recursive: true, force: true }));

/** Uploads until the run has the version, or is over. */
async function trainTo(url: string, version: number): Promise<'reached' | 'ended'> {
  const device = await connectLoadDevice(url, { numTensors: NUM_TENSORS });
  await device.join();
  await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
  const train = async (): Promise<'reached'> => {
    for (;;) {
      const { assignment } = await device.nextAssignment();
      const answer = await device.update(
        assignment.assignmentId,
        new Float32Array(NUM_PARAMETERS).fill(0.01),
      );
      if (answer.ok && answer.version >= version) return 'reached';
    }
  };
  const ended = device.ended.then(() => 'ended' as const);
  const outcome = await Promise.race([train(), ended]);
  device.close();
  return outcome;
}

describe('a server', () => {
  it('keeps config, metrics, evaluations, devices, model and chart of its run', async () => {
    const server = await startServer(tinyServerOptions(runsDir, [tinyRun('kept')]));
    const [run] = server.runs;
    await trainTo(server.url, 3);
    await run!.whenVersion(3);
    await run!.whenScore(0);
    await server.close();

    const folder = join(runsDir, 'kept');
    const linesOf = (name: string) =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
      config: tinyRun('kept'),
    });
    const steps = linesOf('metrics.jsonl');
    expect(steps.map(({ version }) => version)).toEqual(steps.map((_, k) => k + 1));
    expect(linesOf('evaluations.jsonl').at(-1)).toMatchObject({ version: steps.length });
    expect(linesOf('devices.jsonl')).toMatchObject([
      { name: 'load', browser: 'Node', cores: 1, stepMsMedian: 2.5 },
    ]);
    const model = readFileSync(join(folder, 'model.safetensors'));
    expect(model.toString('latin1')).toContain('"first.weight"');
    expect(readFileSync(join(folder, 'accuracy.svg'), 'utf8')).toMatch(/^<svg/);
    lockFolder(folder)();
  });

  it('makes checkpoints by what it has journalled, also where no step is made, and keeps the journal short', async () => {
    const strategy = findStrategy('ftte', { trigger: { kind: 'buffer', size: 100_000, deadlineMs: 0 } });
    const server = await startServer({
      ...tinyServerOptions(runsDir, [tinyRun('long', { strategy })]),
      checkpointEveryBytes: 4000,
    });
    const device = await connectLoadDevice(server.url, { numTensors: NUM_TENSORS });
    await device.join();
    await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
    const folder = join(runsDir, 'long');
    const newest = () => listCheckpoints(nodeDisk, join(folder, 'checkpoints')).at(-1) ?? 0;
    for (let seen = 0; seen < 4;) {
      const before = newest();
      const { assignment } = await device.nextAssignment();
      await device.update(assignment.assignmentId, new Float32Array(NUM_PARAMETERS).fill(0.01));
      if (newest() > before) seen++;
    }
    expect(server.runs[0]!.version).toBe(0);
    expect(listSegments(nodeDisk, join(folder, 'journal')).length).toBeLessThanOrEqual(4);
    expect(listSegments(nodeDisk, join(folder, 'journal'))[0]!.firstSequence).toBeGreaterThan(0);
    device.close();
    await server.close();
  });

  it('takes devices of a time that is lost for new ones: what they hold may never have been', async () => {
    const options = tinyServerOptions(runsDir, [tinyRun('lost')]);
    const first = await startServer(options);
    const before = await connectLoadDevice(first.url, { numTensors: NUM_TENSORS });
    const joined = await before.join();
    if (!joined.ok) throw new Error(joined.message);
    before.close();
    await first.close();
    rmSync(join(runsDir, 'lost', 'acknowledged'));
    await expect(startServer(options)).rejects.toMatchObject({ code: 'damaged' });

    const notes: string[] = [];
    const second = await startServer({ ...options, acceptsLoss: true, onNote: (note) => notes.push(note) });
    expect(notes.join()).toContain('Loss accepted');
    const again = await connectLoadDevice(second.url, { numTensors: NUM_TENSORS });
    expect(await again.join({ token: joined.token })).toMatchObject({ ok: true, resumed: false });
    again.close();
    await second.close();
  });

  it('ends a run that reaches its last version, and fails who waits for more', async () => {
    const server = await startServer({
      ...tinyServerOptions(runsDir, [tinyRun('short')]),
      limits: { maxVersions: 2 },
    });
    const [run] = server.runs;
    const beyond = expect(run!.whenVersion(100)).rejects.toThrow('run "short" ended');
    const training = trainTo(server.url, 100);
    await run!.whenEnded;
    await beyond;
    expect(run!.version).toBe(2);
    expect(await training).toBe('ended');
    await server.close();
  });

  it('tells of a disk that refuses a file of the run', async () => {
    const failures: Error[] = [];
    const server = await startServer({
      ...tinyServerOptions(runsDir, [tinyRun('full')]),
      onFailure: (error) => failures.push(error),
    });
    const device = await connectLoadDevice(server.url, { numTensors: NUM_TENSORS });
    await device.join();
    rmSync(join(runsDir, 'full'), { recursive: true });
    await device.send('leave');
    await expect
      .poll(() => failures.map(({ message }) => message))
      .toEqual([expect.stringContaining('devices.jsonl')]);
    device.close();
    await expect(server.close()).rejects.toMatchObject({ code: 'writeFailed' });
  });

  it('refuses a folder that holds another run, and names what differs', async () => {
    await (await startServer(tinyServerOptions(runsDir, [tinyRun('r')]))).close();
    const other = tinyRun('r', { seed: 8, strategy: findStrategy('fedAsync') });
    await expect(startServer(tinyServerOptions(runsDir, [other]))).rejects.toThrow(
      /config\.seed is 7, not 8; config\.strategy\.name is "ftte", not "fedAsync"/,
    );
    await (await startServer(tinyServerOptions(runsDir, [tinyRun('r')]))).close();
  });

  it('that cannot listen leaves no run behind', async () => {
    const first = await startServer(tinyServerOptions(runsDir, [tinyRun('first')]));
    const second = startServer({ ...tinyServerOptions(runsDir, [tinyRun('second')]), port: first.port });
    await expect(second).rejects.toThrow('EADDRINUSE');
    expect(existsSync(join(runsDir, 'second'))).toBe(false);
    await first.close();
  });

  it('ends though somebody holds a connection open and asks nothing on it, as browsers do', async () => {
    const server = await startServer(tinyServerOptions(runsDir, [tinyRun('held')]));
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    // Somebody who is answered comes later, so that the server knows of both.
    await fetch(`${server.url}/healthz`);
    await Promise.all([once(silent, 'close'), server.close()]);
  });

  it('refuses a run id that is no folder name', async () => {
    await expect(startServer(tinyServerOptions(runsDir, [tinyRun('../x')]))).rejects.toThrow(
      'run must be 1-64 letters',
    );
  });

  it('serves status and health, and the pages with headers that let assets be cached', async () => {
    const pagesFolder = join(runsDir, 'dist');
    mkdirSync(join(pagesFolder, 'assets'), { recursive: true });
    writeFileSync(join(pagesFolder, 'index.html'), '<!doctype html><title>Minnow</title>');
    writeFileSync(join(pagesFolder, 'assets', 'join-abc123.js'), 'export {};');
    const server = await startServer({ ...tinyServerOptions(runsDir, [tinyRun('r')]), pagesFolder });
    const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
    expect(await (await get('/api/health')).json()).toEqual({ ok: true });
    expect(await (await get('/api/status')).json()).toMatchObject({ runs: [{ id: 'r', version: 0 }] });
    expect((await get('/api/status', { method: 'POST' })).status).toBe(405);
    const page = await get('/?run=r');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const asset = await get('/assets/join-abc123.js');
    expect(asset.headers.get('content-type')).toContain('javascript');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/../session.secret')).status).toBe(404);
    await server.close();
  });

  it('says what to do where the pages are not built', async () => {
    const server = await startServer({
      ...tinyServerOptions(runsDir, [tinyRun('r')]),
      pagesFolder: join(runsDir, 'nowhere'),
    });
    const page = await fetch(server.url);
    expect(page.status).toBe(503);
    expect(await page.text()).toContain('npm run build');
    await server.close();
  });
});
