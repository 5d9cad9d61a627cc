import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTaskOpener } from '../data/openTask.ts';
import { parseExperiment } from './experimentFile.ts';
import { runExperiment } from './runExperiment.ts';
import type { RunExperimentOptions } from './experimentOptions.ts';

vi.setConfig({ testTimeout: 240_000 });

const EXPERIMENT = parseExperiment({
  kind: 'simulated',
  title: 'Two strategies',
  world: 'world.json',
  seeds: [1, 2],
  base: {
    task: 'digits',
    devices: 6,
    concurrency: 4,
    samplesPerDevice: 16,
    localWork: { batch: 8, epochs: 1 },
    validationSamples: 75,
    evaluateEverySeconds: 0.5,
    target: 0.12,
    stop: { updates: 16 },
  },
  configs: [
    { name: 'fedavg', label: 'FedAvg', change: { strategy: 'fedavg', buffer: 4 } },
    { name: 'fedbuff', label: 'FedBuff', change: { strategy: 'fedbuff', buffer: 2 } },
  ],
  against: ['fedavg'],
});
const WORLD = {
  classes: [
    {
      name: 'phone',
      share: 1,
      budgetBytes: 4_000_000,
      flopsPerSecond: 3e8,
      speedSpread: 0.5,
      networkSpread: 0.5,
      network: { latencyMs: 10, downKBps: 1000, upKBps: 500 },
    },
  ],
};

function optionsIn(folder: string, changes: Partial<RunExperimentOptions>): RunExperimentOptions {
  return {
    experiment: EXPERIMENT,
    world: WORLD,
    isQuick: false,
    codeVersion: 'v1',
    cacheFolder: join(folder, 'cells'),
    resultsFolder: join(folder, 'results'),
    command: 'npm run experiment -- two.json',
    dataDir: '',
    open: createTaskOpener(''),
    threads: 1,
    anyVersion: false,
    signal: new AbortController().signal,
    log: () => {},
    onProgress: () => {},
    ...changes,
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-experiment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('cells are computed once, and the results folder has all that is to be had', async () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  const options = optionsIn(folder, { log: (line) => lines.push(line) });
  const first = await runExperiment(options);
  expect(first.isPartial).toBe(false);
  expect(first.rows.map(({ strategy, seed }) => `${strategy} ${seed}`)).toEqual([
    'fedavg 1',
    'fedbuff 1',
    'fedavg 2',
    'fedbuff 2',
  ]);
  for (const row of first.rows) expect(row.accepted).toBe(16);
  expect(first.relative).toHaveLength(1);
  expect(first.relative[0]!.ci95).toHaveLength(2);
  expect(lines[0]).toMatch(/^4 cells, 0 of them known; projected/);

  lines.length = 0;
  const again = await runExperiment(options);
  expect(lines).toEqual([expect.stringMatching(/^4 cells, 4 of them known/)]);
  expect(again.rows).toEqual(first.rows);

  const read = (name: string) => readFileSync(join(folder, 'results', name), 'utf8');
  expect(readdirSync(join(folder, 'results')).sort()).toEqual([
    'README.md',
    'accuracy.pdf',
    'accuracy.png',
    'accuracy.svg',
    'config.json',
    'memory.pdf',
    'memory.png',
    'memory.svg',
    'payload.pdf',
    'payload.png',
    'payload.svg',
    'result.csv',
    'result.json',
    'result.parquet',
    'rows.csv',
    'staleness.pdf',
    'staleness.png',
    'staleness.svg',
  ]);
  expect(read('rows.csv').trim().split('\n')).toHaveLength(5);
  expect(JSON.parse(read('result.json'))).toEqual({
    rows: first.rows,
    relative: first.relative,
    trials: [],
  });
  expect(JSON.parse(read('config.json')).experiment).toEqual(EXPERIMENT);
  expect(read('README.md')).toContain('| FedBuff |');
  expect(read('accuracy.svg')).toContain('FedBuff');
});

test('a cell that gets nowhere is a miss with its cause, and the others go on', async () => {
  const folder = temporaryFolder();
  const lines: string[] = [];
  const experiment = parseExperiment({
    kind: 'simulated',
    title: 'Some get nowhere',
    world: 'world.json',
    seeds: [1],
    base: {
      task: 'digits',
      devices: 4,
      samplesPerDevice: 8,
      localWork: { batch: 8, epochs: 1 },
      validationSamples: 75,
      stop: { updates: 8 },
    },
    configs: [
      { name: 'wild', label: 'Wild', change: { localWork: { learningRate: 1000 } } },
      { name: 'small', label: 'Small', change: { budgetBytes: 1000 } },
      { name: 'plain', label: 'Plain' },
    ],
    against: ['small', 'plain'],
  });
  const log = (line: string): void => void lines.push(line);
  const { rows, relative, isPartial } = await runExperiment(optionsIn(folder, { experiment, log }));
  expect(isPartial).toBe(false);
  expect(rows.map(({ strategy, ended }) => [strategy, ended])).toEqual([
    ['wild', 'diverged'],
    ['small', 'stalled'],
    ['plain', 'updates'],
  ]);
  expect(rows[0]).toMatchObject({ timeToTarget: null, cause: expect.stringContaining('diverged') });
  expect(rows[2]!.cause).toBeNull();
  expect(relative).toHaveLength(4);
  expect(lines.join('\n')).toMatch(
    /wild, seed 1: .*target missed.*; diverged: the last 100 updates diverged/,
  );

  const read = (name: string) => readFileSync(join(folder, 'results', name), 'utf8');
  const table = read('README.md');
  expect(table).toContain('| missed (diverged) |');
  expect(table).toContain('- Small, seed 1: stalled; nothing is to come any more');
  for (const name of readdirSync(join(folder, 'results')).filter((each) => !/png|pdf|parquet/.test(each)))
    expect(read(name), name).not.toMatch(/\bNaN\b|Infinity/);
  // As many cells in each row, whatever is in the sentence.
  const widths = read('rows.csv')
    .trim()
    .split('\n')
    .map((row) => row.replaceAll(/"[^"]*"/g, '').split(',').length);
  expect(new Set(widths).size).toBe(1);
});
