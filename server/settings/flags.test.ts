// The flags of every command, as people type them, to the run that they make.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkConfig } from '../../shared/federation/checkConfig.ts';
import { flagsToRun } from '../../shared/settings/runSetup.ts';
import { parseSimulationConfig, runConfigOf } from '../../shared/simulate/simulationConfig.ts';
import { DEALING_SETTINGS } from '../../shared/settings/dealingSettings.ts';
import { flagOf } from './flagNames.ts';
import { addSettingFlags, settingsOfFlags, withStrategyFile } from './flags.ts';
import { RUN_SETTINGS } from '../../shared/settings/runSettings.ts';
import { writtenIn, type Command as CommandName, type Tree } from '../../shared/settings/setting.ts';

const COMMANDS: readonly CommandName[] = ['start', 'simulate', 'demo', 'fleet'];
const WRITTEN = writtenIn({ ...RUN_SETTINGS, ...DEALING_SETTINGS } as unknown as Tree);

/** One that can be, and is not what is usual, of each. */
const VALUES: Readonly<Record<string, string>> = {
  seed: '7',
  buffer: '3',
  deadlineSeconds: '2.5',
  serverLearningRate: '0.5',
  optimizer: 'adam:0.8:0.9:0.01',
  maxStaleness: '12',
  clip: 'off',
  averaging: '0.9',
  seldom: '50',
  calibration: 'ca2fl:20',
  onePerDevice: 'never',
  subset: 'tailored',
  floorBytes: '128KiB',
  freshness: 'every:3',
  contributions: 'probes:3',
  batch: '4',
  epochs: '3',
  maxSteps: '9',
  learningRate: '0.07',
  labelCalibration: '0.5',
  partialWorkSeconds: '0.5',
  tempo: '1.5',
  up: 'topk:0.05',
  down: 'int4',
  concurrency: '17',
  graceSeconds: '9',
  leaseSeconds: '90',
  deal: 'dirichlet:0.3',
  shards: '5',
  samplesPerShard: '11',
};

function parse(name: CommandName, args: readonly string[]) {
  const told: string[] = [];
  const command = addSettingFlags(new Command(), name).exitOverride();
  command.configureOutput({ writeErr: (line) => told.push(line) });
  command.parse([...args], { from: 'user' });
  return { settings: settingsOfFlags(command.opts(), (line) => told.push(line)), told };
}

const runOf = (name: CommandName, args: readonly string[]) =>
  flagsToRun('r', { task: 'digits', ...parse(name, args).settings }, null);

function fileWith(content: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-strategy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'quick.json'), JSON.stringify(content));
  return folder;
}

describe('the flags of settings', () => {
  it('are those of the table, alike in every command that has them', () => {
    expect(Object.keys(VALUES).sort()).toEqual(WRITTEN.map(({ name }) => name).sort());
    for (const { name, written } of WRITTEN) {
      const args = [flagOf(name), VALUES[name]!];
      const runs = COMMANDS.filter((command) => !written.notIn?.includes(command)).map((command) =>
        runOf(command, args),
      );
      expect(runs.length).toBeGreaterThan(0);
      for (const run of runs) {
        checkConfig(run.config);
        expect(run).toEqual(runs[0]);
        expect(run).not.toEqual(runOf('start', []));
      }
    }
  });

  it('give what a file with the same fields gives', () => {
    const world = {
      classes: [
        {
          name: 'phone',
          share: 1,
          budgetBytes: 1_000_000,
          flopsPerSecond: 1e9,
          network: { latencyMs: 1, downKBps: 1, upKBps: 1 },
        },
      ],
    };
    const least = {
      task: 'digits',
      devices: 3,
      seed: 1,
      world,
      stop: { updates: 1 },
      localWork: { epochs: 4 },
    };
    for (const { name, path, written } of WRITTEN) {
      if (written.notIn?.includes('simulate') || name === 'deal') continue;
      const field = parse('simulate', [flagOf(name), VALUES[name]!]).settings[name as 'seed'];
      const value =
        path[0] === 'localWork'
          ? { ...least, localWork: { ...least.localWork, [name]: field } }
          : { ...least, [name]: field };
      const { config } = flagsToRun('simulation', { task: 'digits', epochs: 4, [name]: field }, null);
      expect(runConfigOf(parseSimulationConfig(value)), name).toEqual(config);
    }
  });

  it('of no sense are refused with what they must be', () => {
    for (const { name } of WRITTEN)
      expect(() => parse('start', [flagOf(name), 'x!']), name).toThrow(/It must be /);
  });

  it('take their older names, and say the newer ones', () => {
    const { settings, told } = parse('start', ['--partial-work-ms', '1500']);
    expect(settings).toEqual({ partialWorkSeconds: 1.5 });
    expect(told).toEqual(['--partial-work-ms is now --partial-work-seconds.']);
    expect(parse('simulate', ['--partial-work-seconds', '1.5'])).toEqual({ settings, told: [] });
    expect(parse('start', ['--one-per-device']).settings).toEqual({ onePerDevice: true });
  });
});

describe('a strategy file', () => {
  it('is a preset with changes, and flags go before it', () => {
    const folder = fileWith({
      preset: 'fedavg',
      buffer: 20,
      optimizer: 'adam',
      up: 'int8',
      epochs: 2,
      strategyFields: { kappa: 0.1 },
    });
    const file = join(folder, 'quick.json');
    const { config } = runOf('start', ['--strategy', file, '--buffer', '30']);
    expect(config).toMatchObject({
      strategy: {
        name: 'quick',
        trigger: { kind: 'cohort', size: 30, first: 30 },
        optimizer: { kind: 'adam', decay: 0.9, squareDecay: 0.99, floor: 1e-3 },
        kappa: 0.1,
      },
      subset: { kind: 'full' },
      encoding: { up: { kind: 'int8' }, down: 'float32' },
      localWork: { epochs: 2 },
    });
    expect(withStrategyFile({ strategy: 'quick.json', seed: 1 }, folder)).toMatchObject({
      strategy: { name: 'quick', preset: 'fedavg' },
      seed: 1,
    });
  });

  it.each([
    [{ preset: 'fedmagic' }, /quick.json.preset: must be one of ftte/],
    [{ preset: 'ftte', averagin: 0.9 }, /averagin: there is no such field; did you mean "averaging"/],
    [{ preset: 'ftte', averaging: 1 }, /averaging: must be in \[0, 1\)/],
    [{ buffer: 3 }, /preset: this field must be there/],
  ])('that says %j is refused', (content, message) => {
    const folder = fileWith(content);
    expect(() => parse('start', ['--strategy', join(folder, 'quick.json')])).toThrow(message);
  });

  it('lets momentum, Adam and mixing be chosen', () => {
    expect(runOf('start', ['--optimizer', 'momentum:0.5']).config.strategy.optimizer).toEqual({
      kind: 'momentum',
      decay: 0.5,
    });
    expect(runOf('start', ['--strategy', 'fedasync-mixing']).config.strategy).toMatchObject({
      name: 'fedAsyncMixing',
      form: 'mixing',
    });
  });
});
