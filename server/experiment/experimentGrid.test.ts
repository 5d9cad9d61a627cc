// A grid with everything that an experiment may have, on a task file of one's own, to the end.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTaskOpener } from '../data/openTask.ts';
import { writeTaskFile } from '../data/testing/writeTaskFile.ts';
import { parseExperiment, quickOf } from './experimentFile.ts';
import { runExperiment } from './runExperiment.ts';
import type { Trial } from './tuning.ts';

vi.setConfig({ testTimeout: 240_000 });

const WORLD = {
  classes: [
    {
      name: 'phone',
      share: 1,
      budgetBytes: 4_000_000,
      flopsPerSecond: 1e6,
      speedSpread: 0.5,
      networkSpread: 0,
      network: { latencyMs: 10, downKBps: 1000, upKBps: 500 },
    },
  ],
};

function gridFile(changes: object = {}): Record<string, unknown> {
  return {
    kind: 'simulated',
    title: 'A grid',
    about: ['What it asks.'],
    dropped: ['Something that came to nothing.'],
    world: 'world.json',
    seeds: [1],
    base: {
      task: './task.json',
      devices: 6,
      concurrency: 3,
      samplesPerDevice: 20,
      deal: 'iid',
      evaluateEverySeconds: 0.5,
      personal: true,
      stragglers: { share: 0.5, factor: 4 },
      stop: { updates: 8 },
    },
    axes: [
      {
        name: 'tied',
        label: 'who is slow',
        values: [
          { name: 'by-chance', label: 'by chance' },
          { name: 'by-labels', label: 'by labels', change: { stragglers: { tiedTo: 'labels' } } },
        ],
      },
      {
        name: 'lost',
        label: 'dropped',
        values: [
          { name: 'none', label: 'none dropped', at: 0.01 },
          {
            name: 'some',
            label: 'some dropped',
            at: 20,
            change: {
              world: {
                churn: { staySeconds: 1000, awaySeconds: 1, dropOutShare: 0.2 },
                classes: { phone: { speedSpread: 0.1 } },
              },
            },
          },
        ],
      },
    ],
    configs: [
      {
        name: 'fedbuff',
        label: 'FedBuff',
        change: { strategy: 'fedbuff', buffer: 2 },
        when: { some: { buffer: 3 } },
        tuned: [
          { label: 'rate 0', change: { strategyFields: { serverLearningRate: 0 } } },
          { label: 'rate 1', change: { strategyFields: { serverLearningRate: 1 } } },
        ],
      },
      { name: 'ftte', label: 'FTTE', change: { strategy: 'ftte', buffer: 2 } },
      { name: 'rare', label: 'Rare', change: { strategy: 'ftte', buffer: 4 }, only: ['by-labels'] },
    ],
    yardstick: {
      label: 'no stragglers',
      change: { stragglers: { share: 0, factor: 1, tiedTo: 'nothing' } },
    },
    tuning: { seeds: [101], per: ['tied'] },
    against: ['fedbuff'],
    tables: ['score', 'worstRecall', 'lostSlowRecall', 'gainShare'],
    pictures: [
      { name: 'curves', title: 'Curves', kind: 'curves', x: 'virtualSeconds', configs: ['ftte', 'fedbuff'] },
      { name: 'lines', title: 'Lines', kind: 'lines', x: 'lost', y: 'score' },
      { name: 'memory', title: 'By memory', kind: 'lines', x: 'deviceBytes', y: 'score', log: true },
      { name: 'dots', title: 'Dots', kind: 'dots', x: 'worstRecall' },
      { name: 'devices', title: 'Devices', kind: 'devices' },
    ],
    quick: { seeds: [1], axes: { lost: ['none'] }, configs: ['fedbuff', 'ftte'] },
    ...changes,
  };
}

const csvOf = (row: Record<string, unknown>) => Object.values(row).join(',');

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-grid-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function run(folder: string, file: object, isQuick: boolean) {
  writeTaskFile(folder, { rows: 300 });
  const whole = parseExperiment(file);
  const lines: string[] = [];
  const result = await runExperiment({
    experiment: isQuick ? quickOf(whole) : whole,
    world: WORLD,
    isQuick,
    codeVersion: 'v1',
    cacheFolder: join(folder, 'cells'),
    resultsFolder: join(folder, 'results'),
    command: 'npm run experiment -- grid.json',
    dataDir: '',
    open: createTaskOpener('', folder),
    threads: 1,
    anyVersion: false,
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    onProgress: () => {},
  });
  const read = (name: string) => readFileSync(join(folder, 'results', name), 'utf8');
  return { ...result, lines, read, names: readdirSync(join(folder, 'results')) };
}

test('conditions, tuning, yardsticks, personal models and pictures of a task of one’s own', async () => {
  const folder = temporaryFolder();
  const { rows, relative, lines, read, names } = await run(folder, gridFile(), false);
  // Four conditions with two configurations, and one more in two of them.
  expect(rows).toHaveLength(4 * 2 + 2);
  expect(
    rows.filter(({ strategy }) => strategy === 'rare').map(({ condition }) => condition['tied']),
  ).toEqual(['by-labels', 'by-labels']);
  expect(
    relative.map(({ condition, strategy }) => `${Object.values(condition).join(' ')} ${strategy}`),
  ).toEqual([
    'by-chance none ftte',
    'by-chance some ftte',
    'by-labels none ftte',
    'by-labels none rare',
    'by-labels some ftte',
    'by-labels some rare',
  ]);
  // Four trials; the fleet without stragglers is the same whoever they would be, so that it is simulated once.
  const numYardsticks = 2 * 2 + 2;
  expect(lines.find((line) => /^\d+ cells, /.test(line))).toMatch(
    `${4 + 10 + numYardsticks} cells, 0 of them known`,
  );

  const report = read('README.md');
  for (const words of [
    'What it asks.',
    '2 settings each, on seed 101',
    '| FedBuff | by chance | rate 1 |',
    'As they come, without tuning: FTTE, Rare.',
    '- Something that came to nothing.',
    '## Misses',
    'Yardstick: no stragglers',
    '| by labels, some dropped |',
    '## Recall of the worst class',
    '## Devices that gain',
  ])
    expect(report).toContain(words);
  // Of each group one is chosen, by time and validation score, and is what is run in that group's conditions.
  const { trials } = JSON.parse(read('result.json')) as { trials: Trial[] };
  expect(trials.map(({ group, setting }) => `${group} ${setting}`)).toEqual([
    'by-chance 0',
    'by-chance 1',
    'by-labels 0',
    'by-labels 1',
  ]);
  const chosen = trials.filter(({ isChosen }) => isChosen);
  expect(chosen.map(({ group }) => group)).toEqual(['by-chance', 'by-labels']);
  for (const { group, setting, timeToTarget, validationScore } of chosen) {
    const other = trials.find((trial) => trial.group === group && trial.setting !== setting)!;
    expect(timeToTarget ?? Infinity).toBeLessThanOrEqual(other.timeToTarget ?? Infinity);
    if (timeToTarget === other.timeToTarget)
      expect(validationScore).toBeGreaterThanOrEqual(other.validationScore);
    const settings = read('result.csv')
      .split('\n')
      .filter((line) => new RegExp(`^reported,${group},.*,fedbuff,`).test(line))
      .map((line) => line.split(',')[5]);
    expect(new Set(settings)).toEqual(new Set([String(setting)]));
  }
  expect(report).not.toMatch(/NaN|Infinity|undefined/);

  for (const picture of [
    'curves-by-chance-none',
    'lines-by-chance',
    'memory-by-labels',
    'dots',
    'devices-by-labels-some',
  ])
    for (const ending of ['svg', 'png', 'pdf']) expect(names).toContain(`${picture}.${ending}`);
  expect(read('dots.svg')).toContain('by labels, some dropped');

  const [head, ...evaluations] = read('result.csv').trim().split('\n');
  expect(head).toBe(
    'role,tied,lost,task,strategy,setting,seed,devices,split,virtualSeconds,version,updates,payloadBytes,score,accuracy,loss',
  );
  const bytes = readFileSync(join(folder, 'results', 'result.parquet'));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const objects = await parquetReadObjects({ file });
  expect(objects).toHaveLength(evaluations.length);
  expect(objects.map(csvOf)).toEqual(evaluations);
  expect(new Set(objects.map(({ role }) => role))).toEqual(new Set(['tuning', 'reported', 'yardstick']));
  expect(objects.filter(({ split, role }) => split === 'test' && role === 'reported')).toHaveLength(10);
  expect(read('devices.csv').trim().split('\n')).toHaveLength(1 + 10 * 6);
});

test('quick keeps the values and configurations that it names, and tunes nothing', async () => {
  const { rows, read } = await run(temporaryFolder(), gridFile(), true);
  expect(rows.map(({ condition, strategy }) => `${Object.values(condition).join(' ')} ${strategy}`)).toEqual([
    'by-chance none fedbuff',
    'by-chance none ftte',
    'by-labels none fedbuff',
    'by-labels none ftte',
  ]);
  expect(read('README.md')).toContain('Nothing was tuned in this run');
});

test.each([
  [{ tables: ['nothing'] }, /tables must be one of score, .* got "nothing"/],
  [
    { pictures: [{ name: 'a', title: 'A', kind: 'lines', x: 'axis', y: 'score' }] },
    /pictures\.0\.x must be one of tied, lost/,
  ],
  [{ tuning: { seeds: [1] } }, /tuning\.seeds must be others than those that are reported, got 1/],
  [{ tuning: undefined }, /tuning must be there, as fedbuff is tuned/],
  [{ tuning: { seeds: [101], per: ['who'] } }, /tuning\.per must be one of tied, lost, got "who"/],
  [{ quick: { axes: { lost: ['all'] } } }, /quick\.axes\.lost must be one of none, some, got "all"/],
])('what cannot work is refused by its field: %j', (changes, message) => {
  expect(() => parseExperiment(gridFile(changes))).toThrow(message);
});

test('as many settings for each that is tuned', () => {
  const configs = [
    { name: 'a', label: 'A', tuned: [{ label: 'one' }] },
    { name: 'b', label: 'B', tuned: [{ label: 'one' }, { label: 'two' }] },
  ];
  expect(() => parseExperiment(gridFile({ configs, against: [], quick: {}, pictures: [] }))).toThrow(
    /tuned must have as many settings for each, got 1 for a and 2 for b/,
  );
});

test('a class that the world has not is refused by its name, before any work', async () => {
  const file = gridFile({ base: { ...(gridFile()['base'] as object), world: { classes: { car: {} } } } });
  await expect(run(temporaryFolder(), file, false)).rejects.toThrow(
    'fedbuff, by chance, none dropped: simulation.world.classes: must name classes of the world, phone, got "car"',
  );
});
