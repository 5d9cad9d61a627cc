import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { programArguments } from '../scripts/programs.mjs';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [...programArguments(MAIN), ...args]);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}

test('a long run that is ended keeps its count, and does not end as one that was whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-chaos-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const json = join(folder, 'figures.json');
  const { child, ended } = start(['--minutes', '30', '--json', json]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await expect.poll(() => existsSync(json), { timeout: 60_000 }).toBe(true);
  child.kill('SIGINT');
  const { code, said } = await ended;
  const { from, seeds, broken } = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
  expect({ code, from, broken }).toEqual({ code: 130, from: 1, broken: [] });
  expect(seeds).toBeGreaterThan(0);
  expect(said).toContain(seeds === 1 ? 'seed 1: all invariants hold' : `${seeds} seeds from 1: all`);
});

test('where the figures could not be kept it does not begin', async () => {
  const { code, said } = await start(['--seeds', '1', '--json', '/nowhere/figures.json']).ended;
  expect(code).toBe(1);
  expect(said).toMatch(/^--json must name a file in a folder that is there, got .*\n$/);
});
