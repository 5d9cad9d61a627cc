import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cellsOf, codeVersionOf } from './cells.ts';
import { parseExperiment, quickOf } from './experimentFile.ts';

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

test('a grid of seeds and configurations, seeds first; changes go into objects field by field', () => {
  const cells = cellsOf(parseExperiment(experimentFile()), WORLD, 'v1');
  expect(cells.map(({ config, seed }) => `${config} ${seed}`)).toEqual([
    'plain 1',
    'long 1',
    'plain 2',
    'long 2',
  ]);
  expect(cells[1]!.input.localWork).toEqual({ batch: 8, epochs: 3 });
  expect(cells[3]!.input).toMatchObject({ seed: 2, devices: 4, world: WORLD });
});

function keyOf(changes: object, version: string): string {
  return cellsOf(parseExperiment(experimentFile(changes)), WORLD, version)[0]!.key;
}

test('a cell is known by its configuration, whatever its name, and by the version of the code', () => {
  const configs = [{ name: 'other', label: 'By another name' }];
  expect(keyOf({ configs }, 'v1')).toBe(keyOf({}, 'v1'));
  expect(keyOf({}, 'v2')).not.toBe(keyOf({}, 'v1'));
  expect(keyOf({ seeds: [3] }, 'v1')).not.toBe(keyOf({}, 'v1'));
});

test('quick replaces seeds and fields of the base', () => {
  const quick = quickOf(parseExperiment(experimentFile()));
  const cells = cellsOf(quick, WORLD, 'v1');
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
  [{ surprise: 1 }, /surprise/],
])('a file that cannot work is refused by field: %j', (changes, message) => {
  expect(() => parseExperiment(experimentFile(changes))).toThrow(message);
});

test('a bad configuration is refused by its name before any work', () => {
  const configs = [{ name: 'odd', label: 'Odd', change: { devices: 0 } }];
  expect(() => cellsOf(parseExperiment(experimentFile({ configs })), WORLD, 'v1')).toThrow(/odd: .*devices/);
});

test('the version of the code follows sources that decide figures, and no tests', () => {
  const root = mkdtempSync(join(tmpdir(), 'minnow-version-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ['shared/engine', 'server/federation', 'server/gateway'])
    mkdirSync(join(root, folder), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(root, file), text);
  write('shared/engine/plan.ts', 'a');
  const first = codeVersionOf(root);
  write('server/federation/strategies.test.ts', 'a');
  write('server/gateway/gateway.ts', 'a');
  expect(codeVersionOf(root)).toBe(first);
  write('server/federation/strategies.ts', 'a');
  expect(codeVersionOf(root)).not.toBe(first);
});
