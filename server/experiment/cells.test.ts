import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTaskOpener } from '../data/openTask.ts';
import { writeTaskFile, type OwnTaskOptions } from '../data/testing/writeTaskFile.ts';
import { cellsOf, codeVersionOf, runConfigOfCell } from './cells.ts';
import { parseExperiment, quickOf, withStrategyFiles } from './experimentFile.ts';

const WORLD = {
  classes: [
    {
      name: 'phone',
      share: 1,
      budgetBytes: 4_000_000,
      flopsPerSecond: 1e9,
      speedSpread: 0,
      networkSpread: 0,
      network: { latencyMs: 10, downKBps: 1000, upKBps: 500 },
    },
  ],
};

const OPEN = createTaskOpener('');

function experimentFile(changes: object = {}): Record<string, unknown> {
  return {
    kind: 'simulated',
    title: 'Test',
    world: 'world.json',
    seeds: [1, 2],
    base: { task: 'digits', devices: 4, localWork: { batch: 8, epochs: 1 }, stop: { updates: 20 } },
    configs: [
      { name: 'plain', label: 'Plain' },
      { name: 'long', label: 'Long', change: { localWork: { epochs: 3 } } },
    ],
    quick: { seeds: [1], base: { stop: { updates: 5 } } },
    ...changes,
  };
}

test('a grid of seeds and configurations, seeds first; changes go into objects field by field', async () => {
  const cells = await cellsOf(parseExperiment(experimentFile()), WORLD, 'v1', OPEN);
  expect(cells.map(({ config, seed }) => `${config} ${seed}`)).toEqual([
    'plain 1',
    'long 1',
    'plain 2',
    'long 2',
  ]);
  expect(cells[1]!.input.localWork).toEqual({ batch: 8, epochs: 3 });
  expect(cells[3]!.input).toMatchObject({ seed: 2, devices: 4, world: WORLD });
});

test('a strategy file counts by what it says, and a configuration of another takes nothing over from it', async () => {
  const files: Readonly<Record<string, object>> = {
    'a.json': { name: 'a', preset: 'fedbuff', buffer: 3 },
    'b.json': { name: 'b', preset: 'ftte', averaging: 0.5 },
  };
  const experiment = parseExperiment(
    experimentFile({
      base: { ...(experimentFile()['base'] as object), strategy: 'a.json' },
      configs: [
        { name: 'plain', label: 'Plain' },
        { name: 'other', label: 'Other', change: { strategy: 'b.json' } },
      ],
    }),
  );
  const read = (fields: Readonly<Record<string, unknown>>) =>
    'strategy' in fields ? { ...fields, strategy: files[fields['strategy'] as string] } : { ...fields };
  const [plain, other] = await cellsOf(withStrategyFiles(experiment, read), WORLD, 'v1', OPEN);
  expect(runConfigOfCell(plain!).strategy).toMatchObject({ name: 'a', trigger: { size: 3 }, averaging: 0 });
  expect(runConfigOfCell(other!).strategy).toMatchObject({ name: 'b', trigger: { size: 5 }, averaging: 0.5 });
});

async function keyOf(changes: object, version: string): Promise<string> {
  return (await cellsOf(parseExperiment(experimentFile(changes)), WORLD, version, OPEN))[0]!.key;
}

test('a cell is known by its configuration, whatever its name, and by the version of the code', async () => {
  const configs = [{ name: 'other', label: 'By another name' }];
  expect(await keyOf({ configs }, 'v1')).toBe(await keyOf({}, 'v1'));
  expect(await keyOf({}, 'v2')).not.toBe(await keyOf({}, 'v1'));
  expect(await keyOf({ seeds: [3] }, 'v1')).not.toBe(await keyOf({}, 'v1'));
});

test('a task file is known by its content, wherever it lies: file or data changed, it is another cell', async () => {
  const root = mkdtempSync(join(tmpdir(), 'minnow-cells-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const keyIn = async (folder: string, options: OwnTaskOptions = {}): Promise<string> => {
    writeTaskFile(join(root, folder), options);
    const file = experimentFile({ base: { task: './task.json', devices: 4, stop: { updates: 20 } } });
    const open = createTaskOpener('', join(root, folder));
    const cells = await cellsOf(parseExperiment(file), WORLD, 'v1', open);
    expect(cells[0]!.task.id).toBe('ring');
    expect(cells[0]!.input.task).toBe('./task.json');
    return cells[0]!.key;
  };
  const first = await keyIn('one');
  expect(await keyIn('two')).toBe(first);
  expect(await keyIn('two', { seed: 2 })).not.toBe(first);
  expect(await keyIn('two', { changes: { target: 0.8 } })).not.toBe(first);
  expect(await keyIn('two')).toBe(first);
});

test('quick replaces seeds and fields of the base', async () => {
  const quick = quickOf(parseExperiment(experimentFile()));
  const cells = await cellsOf(quick, WORLD, 'v1', OPEN);
  expect(cells).toHaveLength(2);
  expect(cells[0]!.input.stop).toMatchObject({ updates: 5 });
});

test.each([
  [{ seeds: [] }, /seeds: must have at least one seed/],
  [{ against: ['nobody'] }, /against must be one of plain, long, got "nobody"/],
  [
    {
      configs: [
        { name: 'a', label: 'A' },
        { name: 'a', label: 'B' },
      ],
    },
    /different names/,
  ],
  [{ surprise: 1 }, /surprise: there is no such field/],
  [{ quick: { seed: [1] } }, /quick.seed: .* did you mean "seeds"\?/],
])('a file that cannot work is refused by field: %j', (changes, message) => {
  expect(() => parseExperiment(experimentFile(changes))).toThrow(message);
});

test('a bad configuration is refused by its name before any work', async () => {
  const configs = [{ name: 'odd', label: 'Odd', change: { devices: 0 } }];
  const cells = cellsOf(parseExperiment(experimentFile({ configs })), WORLD, 'v1', OPEN);
  await expect(cells).rejects.toThrow(/odd: .*devices/);
});

test('the version of the code follows sources that decide figures, and no tests', () => {
  const root = mkdtempSync(join(tmpdir(), 'minnow-version-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ['shared/engine', 'shared/federation', 'server/gateway'])
    mkdirSync(join(root, folder), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(root, file), text);
  write('shared/engine/plan.ts', 'a');
  const first = codeVersionOf(root);
  write('shared/federation/strategies.test.ts', 'a');
  write('server/gateway/gateway.ts', 'a');
  expect(codeVersionOf(root)).toBe(first);
  write('shared/federation/strategies.ts', 'a');
  expect(codeVersionOf(root)).not.toBe(first);
});
