// A real server process under load is killed with SIGKILL again and again: what it acknowledged counts exactly once,
// and what it did not acknowledge counts once after it has been sent again.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { RunStatus, ServerStatus } from '../../shared/protocol/status.ts';
import { createRandom } from '../../shared/random.ts';
import { connectLoadDevice, type LoadDevice } from './testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from './testing/tinyTask.ts';

const SERVER_FILE = fileURLToPath(new URL('testing/tinyServerProcess.ts', import.meta.url));
const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const NUM_DEVICES = 6;
const NUM_KILLS = 4;
const SEED = 20;

let child: ChildProcess | null = null;
afterEach(() => child?.kill('SIGKILL'));

function startProcess(runsDir: string, port: number): Promise<number> {
  const started = spawn(process.execPath, ['--import', 'tsx', SERVER_FILE, runsDir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  return new Promise((resolve, reject) => {
    started.stdout.once('data', (text: Buffer) => resolve(Number(text)));
    started.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function killProcess(): Promise<void> {
  const gone = new Promise((resolve) => child!.once('exit', resolve));
  child!.kill('SIGKILL');
  await gone;
}

/** What a device knows of its work over all its connections. */
interface Worker {
  token: string;
  /** Received, not acknowledged yet: sent again after coming back. */
  pending: string;
  readonly acknowledged: Set<string>;
}

/** Joins or resumes, and uploads until the connection is lost or `over`. */
async function workUntilLost(worker: Worker, url: string, over: AbortSignal): Promise<void> {
  let device: LoadDevice;
  try {
    device = await connectLoadDevice(url, { numTensors: NUM_TENSORS });
  } catch {
    return; // killed meanwhile
  }
  const lost = device.disconnected.then(() => null);
  const orLost = async <T>(wanted: Promise<T>): Promise<T | null> =>
    Promise.race([wanted.catch(() => null), lost]);
  try {
    const joined = await orLost(device.join({ token: worker.token }));
    if (!joined?.ok) return;
    expect(joined.resumed).toBe(worker.token !== '');
    worker.token = joined.token;
    const askForWork = () => orLost(device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) }));
    // An assignment that was on its way when the server died is not held here: it has to be given up.
    const holdsOther = joined.openAssignment !== '' && joined.openAssignment !== worker.pending;
    if (worker.pending === '') await askForWork();
    let mustAsk = worker.pending !== '' && holdsOther;
    while (!over.aborted) {
      if (worker.pending === '') {
        const delivery = await orLost(device.nextAssignment());
        if (delivery === null) return;
        worker.pending = delivery.assignment.assignmentId;
      }
      const answer = await orLost(
        device.update(worker.pending, new Float32Array(NUM_PARAMETERS).fill(0.001)),
      );
      if (answer === null) return;
      expect(answer).toMatchObject({ ok: true });
      expect(worker.acknowledged.has(worker.pending)).toBe(false);
      worker.acknowledged.add(worker.pending);
      worker.pending = '';
      if (mustAsk) await askForWork();
      mustAsk = false;
    }
  } finally {
    device.close();
  }
}

async function readStatus(url: string): Promise<RunStatus> {
  const response = await fetch(`${url}/api/status`);
  return ((await response.json()) as ServerStatus).runs[0]!;
}

it('killed at random moments under load, counts each acknowledged update exactly once', async () => {
  const runsDir = mkdtempSync(join(tmpdir(), 'minnow-killed-'));
  const random = createRandom(SEED);
  const port = await startProcess(runsDir, 0);
  const url = `http://127.0.0.1:${port}`;
  const workers = Array.from({ length: NUM_DEVICES }, (): Worker => ({
    token: '',
    pending: '',
    acknowledged: new Set(),
  }));
  const numAcknowledged = () => workers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  const over = new AbortController();
  let serverIsUp = Promise.resolve();
  const working = workers.map(async (worker) => {
    while (!over.signal.aborted) {
      await serverIsUp;
      await workUntilLost(worker, url, over.signal);
    }
  });
  const untilAcknowledged = (count: number) =>
    expect.poll(numAcknowledged, { interval: 1, timeout: 30_000 }).toBeGreaterThanOrEqual(count);

  for (let kill = 1; kill <= NUM_KILLS; kill++) {
    await untilAcknowledged(numAcknowledged() + 30 + random.integer(100));
    let tellItIsUp!: () => void;
    serverIsUp = new Promise((resolve) => (tellItIsUp = resolve));
    await killProcess();
    const before = workers.map(({ acknowledged }) => acknowledged.size);
    expect(await startProcess(runsDir, port)).toBe(port);
    tellItIsUp();
    const status = await readStatus(url);
    expect(status.restarts).toBe(kill);
    expect(status.accepted).toBeGreaterThanOrEqual(before.reduce((sum, count) => sum + count, 0));
    expect(status.devices.length).toBe(NUM_DEVICES);
  }
  await untilAcknowledged(numAcknowledged() + 30);
  over.abort();
  await Promise.all(working);

  const status = await readStatus(url);
  expect(workers.every(({ pending }) => pending === '')).toBe(true);
  expect(status.accepted).toBe(numAcknowledged());
  expect(status.devices.map(({ updates }) => updates).sort()).toEqual(
    workers.map(({ acknowledged }) => acknowledged.size).sort(),
  );
  expect(status.version).toBe(Math.floor(status.accepted / 2));
  expect(status.resumes).toBeGreaterThanOrEqual(NUM_KILLS);
  expect(status.refusals).toEqual({});

  await killProcess();
  const lines = readFileSync(join(runsDir, 'killed', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const steps = lines.map((line) => JSON.parse(line) as { version: number; updates: unknown[] });
  expect(steps.map(({ version }) => version)).toEqual(steps.map((_, k) => k + 1));
  expect(steps.flatMap(({ updates }) => updates).length).toBe(status.version * 2);
  rmSync(runsDir, { recursive: true, force: true });
}, 120_000);
