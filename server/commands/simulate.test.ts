import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { programArguments } from '../../scripts/programs.mjs';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';

const ENTRY = fileURLToPath(new URL('./simulate.ts', import.meta.url));

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [...programArguments(ENTRY), ...args], { stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { child, ended, text: () => text };
}

test('Ctrl-C leaves the figures of what there was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-simulate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'result.json');
  const args = ['--devices', '8', '--updates', '1000000', '--samples-per-device', '8', '--json', file];
  const { child, ended, text } = start([...args, '--buffer', '2', '--threads', '1']);
  await expect.poll(text, { timeout: 50_000 }).toMatch(/version [1-9]/);
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  const result = JSON.parse(readFileSync(file, 'utf8')) as SimulationResult;
  expect(result.partial).toBe(true);
  expect(result.updates).toBeGreaterThan(0);
  expect(result.finalAccuracy).toBeGreaterThan(0);
  expect(text()).toContain('(partial)');
});

test('what cannot work is told in one sentence', async () => {
  const { ended, text } = start(['--devices', '-3']);
  expect(await ended).toBe(2);
  expect(text()).toContain('simulation.devices: must be at least 1');
  expect(text()).not.toContain('    at ');
});

test('where the result could not be written it does not begin', async () => {
  const { ended, text } = start([
    '--devices',
    '8',
    '--json',
    join(tmpdir(), 'no-such-folder', 'result.json'),
  ]);
  expect(await ended).toBe(2);
  expect(text()).toMatch(/--json must name a file in a folder that is there/);
  expect(text()).not.toMatch(/version/);
});

test('what cannot begin, and what gets nowhere, ends at once and says why', async () => {
  const few = ['--samples-per-device', '8', '--threads', '1'];
  const unfilled = start([...few, '--devices', '5', '--strategy', 'fedavg', '--updates', '20']);
  expect(await unfilled.ended).toBe(2);
  expect(unfilled.text()).toContain('the first cohort waits for 10 devices and there are 5');

  const folder = mkdtempSync(join(tmpdir(), 'minnow-simulate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'result.json');
  const wild = ['--devices', '4', '--updates', '12', '--learning-rate', '1000', '--json', file];
  const diverging = start([...few, ...wild]);
  expect(await diverging.ended).toBe(1);
  expect(diverging.text()).toMatch(
    /diverged\nThe last 100 updates diverged.*smaller learning rate than 1000/,
  );
  expect(diverging.text()).not.toMatch(/Infinity|NaN/);
  const result = JSON.parse(readFileSync(file, 'utf8')) as SimulationResult;
  expect(result).toMatchObject({ stoppedBy: 'diverged', partial: false, updates: 0 });
  expect(result.cause).toContain('smaller learning rate');
});
