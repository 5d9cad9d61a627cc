import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseExperiment } from './experimentFile.ts';
import { runExperiment, type RunExperimentOptions } from './runExperiment.ts';

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

test('cells are computed once, and the results folder has all that is to be had', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-experiment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines: string[] = [];
  const options: RunExperimentOptions = {
    experiment: EXPERIMENT,
    world: WORLD,
    isQuick: false,
    codeVersion: 'v1',
    cacheFolder: join(folder, 'cells'),
    resultsFolder: join(folder, 'results'),
    command: 'npm run experiment -- two.json',
    dataDir: '',
    threads: 1,
    anyVersion: false,
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    onProgress: () => {},
  };
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
  expect(lines[0]).toMatch(/^4 cells, 4 of them known/);
  expect(again.rows).toEqual(first.rows);

  const read = (name: string) => readFileSync(join(folder, 'results', name), 'utf8');
  expect(readdirSync(join(folder, 'results')).sort()).toEqual([
    'README.md',
    'accuracy.svg',
    'config.json',
    'curves.csv',
    'memory.svg',
    'payload.svg',
    'result.json',
    'rows.csv',
    'staleness.svg',
  ]);
  expect(read('rows.csv').trim().split('\n')).toHaveLength(5);
  expect(JSON.parse(read('result.json'))).toEqual({ rows: first.rows, relative: first.relative });
  expect(JSON.parse(read('config.json')).experiment).toEqual(EXPERIMENT);
  expect(read('README.md')).toContain('| FedBuff |');
  expect(read('accuracy.svg')).toContain('FedBuff');
});
