import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { programArguments } from '../../scripts/programs.mjs';
import { smallTfjsModel, writeModelFile } from '../data/testing/writeModelFile.ts';
import { writeTaskFile } from '../data/testing/writeTaskFile.ts';

const ENTRY = fileURLToPath(new URL('plan.ts', import.meta.url));
vi.setConfig({ testTimeout: 60_000 });

function plan(args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(process.execPath, [...programArguments(ENTRY), ...args], { stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })));
}

test('a task file is planned by its own model and batch, and trained on its own data', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const task = writeTaskFile(folder);
  const json = join(folder, 'plan.json');
  const { code, text } = await plan(['--task', task, '--budget', '8KiB', '--run', '200', '--json', json]);
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/ran 200 steps on Inside or outside .*: loss 0\.\d+ -> /),
  ]);
  const [, first, last] = /loss (\S+) -> (\S+),/.exec(text)!;
  expect(Number(last)).toBeLessThan(0.9 * Number(first));
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ model: 'ring', microBatch: 8 });
});

test('a task whose model is a file is planned by it and trained from its weights', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const model = smallTfjsModel(1);
  // All outputs are alike: the loss is ln 2, whatever the samples are.
  const [kernel, bias] = model.layers.at(-1)!.getWeights();
  model.layers.at(-1)!.setWeights([kernel!.mul(0), bias!.mul(0)]);
  await writeModelFile(join(folder, 'model.json'), model);
  const task = writeTaskFile(folder, { changes: { model: 'model.json' } });
  const { code, text } = await plan(['--task', task, '--budget', '8KiB', '--run', '10']);
  expect([code, text]).toEqual([
    0,
    expect.stringMatching(/ran 10 steps on Inside or outside .*: loss 0\.693 -> /),
  ]);
});

test('a model or a task says what is planned, and not both', async () => {
  const neither = await plan(['--budget', '1MiB']);
  expect(neither).toEqual({ code: 1, text: 'one of --model and --task must say what is planned\n' });
  const both = await plan(['--budget', '1MiB', '--model', 'mlp', '--task', 'digits']);
  expect(both).toEqual(neither);
});
