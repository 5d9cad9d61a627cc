// A strategy in code from the command line: in the simulator with its threads, and in a server that is killed and goes on.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeTaskFile } from '../data/testing/writeTaskFile.ts';
import { connectLoadDevice } from '../testing/loadDevice.ts';

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/own-strategy/ca2fl.ts', import.meta.url));
const entryOf = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url));
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let folder: string;
const processes: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-own-strategy-'));
});
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function command(name: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', entryOf(name), ...args], { stdio: 'pipe' });
  processes.push(child);
  const told = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => (told.text += stripVTControlCharacters(String(data))));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return { child, told, closed };
}

async function simulate(task: string, strategy: string, threads: number): Promise<Record<string, unknown>> {
  const json = join(folder, `result-${threads}.json`);
  const size =
    '--buffer 4 --devices 12 --updates 40 --concurrency 6 --samples-per-device 8 --stragglers 0.5:10'.split(
      ' ',
    );
  const { told, closed } = command('simulate', [
    '--task',
    task,
    '--strategy',
    strategy,
    ...size,
    '--threads',
    String(threads),
    '--json',
    json,
  ]);
  expect([await closed, told.text]).toEqual([0, expect.stringContaining('ended by updates')]);
  const { wallSeconds: _, ...result } = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
  return result;
}

test('the example is simulated to the same figures by one thread and by two', async () => {
  const task = writeTaskFile(folder, { rows: 150 });
  const one = await simulate(task, EXAMPLE, 1);
  expect(await simulate(task, EXAMPLE, 2)).toEqual(one);
  expect(one).toMatchObject({ strategy: 'ca2fl', updates: 40 });
});

test('a wrong return ends the simulation in one sentence', async () => {
  const strategy = join(folder, 'mine.ts');
  writeFileSync(strategy, `export default { preset: 'fedbuff', weigh: (): number => 0 / 0 };`);
  const { told, closed } = command('simulate', ['--task', writeTaskFile(folder), '--strategy', strategy]);
  expect(await closed).not.toBe(0);
  expect(told.text).toContain(
    'weigh of mine.ts must return a finite number >= 0, or { weight, kept }, got NaN',
  );
  expect(told.text).not.toContain('at ownWeigh');
});

/** Every element of the model is how many steps the strategy has seen, of which only what is kept knows. */
const COUNTING = `
  export default {
    preset: 'fedasync',
    combine({ values, kept }: { values: Float32Array; kept?: { seen: number; arrays: Float32Array[] } }) {
      const seen = (kept?.seen ?? 0) + 1;
      const arrays = [...(kept?.arrays ?? []), Float32Array.of(seen)].slice(-3);
      if (arrays.at(-2) && arrays.at(-2)![0] !== seen - 1) throw new Error('what was kept is gone');
      return { values: values.fill(seen), kept: { seen, arrays } };
    },
  };`;

async function start(args: readonly string[]) {
  const { child, told, closed } = command('start', [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--runs-dir',
    join(folder, 'runs'),
    ...args,
  ]);
  await vi.waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(told.text);
      expect(told.text).toContain('Ctrl-C ends.');
    },
    { timeout: 120_000, interval: 50 },
  );
  const [, url] = /Join here\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(told.text)!;
  return { url: url!, child, told, closed };
}

/** Sends so many updates. */
async function train(url: string, numUpdates: number): Promise<void> {
  const device = await connectLoadDevice(url, { numTensors: 4 });
  await device.join();
  await device.send('ready', { held: [-1, -1, -1, -1] });
  for (let update = 0; update < numUpdates; update++) {
    const { assignment } = await device.nextAssignment();
    const answer = await device.update(assignment.assignmentId, new Float32Array(42).fill(0.01));
    if (!answer.ok) throw new Error(answer.message);
  }
  device.close();
}

test('what a strategy keeps survives SIGKILL before and after a checkpoint; a changed file is told', async () => {
  const strategy = join(folder, 'counting.ts');
  writeFileSync(strategy, COUNTING);
  const task = writeTaskFile(folder);
  const begun = ['--task', task, '--strategy', strategy, '--run', 'mine', '--subset', 'full', '--tempo', '0'];
  const first = await start(begun);
  await train(first.url, 7);
  first.child.kill('SIGKILL');
  await first.closed;

  // By the journal alone.
  const next = await start(['--run', 'mine', '--resume']);
  await train(next.url, 60);
  next.child.kill('SIGKILL');
  await next.closed;

  // By a checkpoint and the journal behind it.
  writeFileSync(strategy, `${COUNTING} // Changed.`);
  const last = await start(['--run', 'mine', '--resume', '--strategy', strategy]);
  expect(last.told.text).toContain('has changed since the run began: the run goes on with what it says now');
  await train(last.url, 3);
  last.child.kill('SIGTERM');
  expect(await last.closed).toBe(0);
  const bytes = readFileSync(join(folder, 'runs/mine/model.safetensors'));
  const values = new Float32Array(
    Uint8Array.from(bytes.subarray(8 + Number(bytes.readBigUInt64LE()))).buffer,
  );
  expect([...values]).toEqual(Array(42).fill(7 + 60 + 3));
});
