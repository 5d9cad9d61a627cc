import { describe, expect, it } from 'vitest';
import { findTask } from '../tasks/tasks.ts';
import { resolveRun } from '../federation/config.ts';
import { USUAL_PROBES } from './forms.ts';
import { flagsToRun, type RunSetup } from './runSetup.ts';

const FLOAT32_PAYLOAD = { up: { kind: 'float32' }, down: 'float32' };

const manifestOf = (...args: Parameters<typeof flagsToRun>): RunSetup => ({
  ...flagsToRun(...args),
});

describe('flagsToRun', () => {
  it('gives an FTTE run of the digits on the weakest subset by default', () => {
    expect(flagsToRun('r', {}, null)).toMatchObject({
      config: { id: 'r', task: 'digits', strategy: { name: 'ftte' }, subset: { kind: 'weakest' } },
      data: { dealing: { kind: 'iid' } },
    });
  });

  it('trains the whole model under the baselines, and makes room for a large cohort', () => {
    const { config } = flagsToRun('r', { strategy: 'fedavg', buffer: 300 }, null);
    expect(config).toMatchObject({
      strategy: { name: 'fedAvg', trigger: { kind: 'cohort', size: 300 } },
      subset: { kind: 'full' },
      concurrency: 300,
    });
  });

  it('has no tempo of itself, and keeps the one that it was given', () => {
    expect(flagsToRun('r', {}, null).config).toHaveProperty('tempoMs', 0);
    const kept = manifestOf('r', { tempo: 1.5 }, null);
    expect(kept.config.tempoMs).toBe(1500);
    expect(flagsToRun('r', {}, kept).config.tempoMs).toBe(1500);
  });

  it('takes what was not given from the run that is kept', () => {
    const kept = manifestOf('r', { strategy: 'fedbuff', buffer: 3, seed: 9, deal: 'dirichlet:0.3' }, null);
    expect(flagsToRun('r', {}, kept)).toEqual({ config: kept.config, data: kept.data });
    expect(flagsToRun('r', { buffer: 3 }, kept).config).toEqual(kept.config);
    expect(flagsToRun('r', { buffer: 4 }, kept).config).not.toEqual(kept.config);
  });

  it('sends little under FTTE and float32 under the baselines, as published, and in runs from before', () => {
    const { config, data } = flagsToRun('r', {}, null);
    expect(config.encoding).toEqual({ up: { kind: 'topK', share: 0.1 }, down: 'int8' });
    for (const strategy of ['fedavg', 'fedasync', 'fedbuff'])
      expect(flagsToRun('r', { strategy }, null).config.encoding).toEqual(FLOAT32_PAYLOAD);
    const { encoding: _none, ...before } = config;
    expect(flagsToRun('r', {}, { config: resolveRun(before), data }).config.encoding).toEqual(
      FLOAT32_PAYLOAD,
    );
  });

  it('takes encodings by name, and keeps those of the run', () => {
    const kept = manifestOf('r', { up: 'topk:0.1', down: 'int8' }, null);
    expect(kept.config.encoding).toEqual({ up: { kind: 'topK', share: 0.1 }, down: 'int8' });
    expect(flagsToRun('r', { up: 'float16' }, kept).config.encoding).toEqual({
      up: { kind: 'float16' },
      down: 'int8',
    });
    for (const up of ['topk', 'topk:0', 'topk:1.5', 'topk:-1', 'int4'])
      expect(() => flagsToRun('r', { up }, null)).toThrow('up must be');
    expect(flagsToRun('r', { down: 'int4' }, null).config.encoding?.down).toBe('int4');
    for (const down of ['topk:0.1', 'int2', ''])
      expect(() => flagsToRun('r', { down }, null)).toThrow(
        `down must be one of float32, float16, int8, int4, got "${down}"`,
      );
  });

  it('deals as the task says, unless something else is asked for or kept', () => {
    const natural = { dealing: { kind: 'natural' }, numShards: 21, samplesPerShard: 0 };
    expect(flagsToRun('r', { task: 'har' }, null).data).toEqual(natural);
    const asked = flagsToRun('r', { task: 'har', shards: 40, deal: 'iid' }, null);
    expect(asked.data).toEqual({ dealing: { kind: 'iid' }, numShards: 40, samplesPerShard: 0 });
    expect(flagsToRun('r', {}, { ...asked }).data).toEqual(asked.data);
  });

  it.each([
    [{ subset: 'tailored', floorBytes: 9 }, { subset: { kind: 'tailored', floorBytes: 9 } }],
    [{ floorBytes: 9 }, { subset: { kind: 'weakest', floorBytes: 9 } }],
    [{ subset: 'subnetwork' }, { subset: { kind: 'subnetwork' } }],
    [{ subset: 'rolling' }, { subset: { kind: 'subnetwork', rollEvery: 10 } }],
    [{ subset: 'rotating' }, { subset: { kind: 'rotating', sliceBy: 'coverage' } }],
    [{ subset: 'rotating:norm' }, { subset: { kind: 'rotating', sliceBy: 'norm' } }],
    [{ partialWorkSeconds: 0.5 }, { partialWorkMs: 500 }],
    [{ onePerDevice: true }, { strategy: { onePerDevice: 'always' } }],
    [{ clip: 0 }, { strategy: { clipMultiple: 0 } }],
    [{ strategy: 'fedavg' }, { strategy: { clipMultiple: 1.5 } }],
    [{ averaging: 0.9 }, { strategy: { averaging: 0.9 } }],
    [{ freshness: 'every:20' }, { freshness: { kind: 'every', versions: 20 } }],
    [{ contributions: 'public' }, { contributions: { kind: 'publicSet' } }],
    [{ contributions: 'probes' }, { contributions: USUAL_PROBES }],
    [{ contributions: 'probes:3' }, { contributions: { ...USUAL_PROBES, perGroup: 3 } }],
    [{ freshness: 'drift:.1' }, { freshness: { kind: 'drift', share: 0.1 } }],
  ])('makes of %j what it says, and a run goes on with it', (flags, expected) => {
    const asked = flagsToRun('r', flags, null);
    expect(asked.config).toMatchObject(expected);
    expect(flagsToRun('r', {}, { ...asked }).config).toEqual(asked.config);
  });

  it('takes a task that no name is known for, with its own local work', () => {
    const own = { ...findTask('har'), id: 'mine', localWork: { ...findTask('har').localWork, batch: 3 } };
    expect(flagsToRun('r', { task: 'mine.json' }, null, own).config).toMatchObject({
      task: 'mine',
      localWork: { batch: 3 },
    });
  });

  it.each([
    [{ task: 'poetry' }, 'task must be one of'],
    [{ strategy: 'magic' }, 'strategy must be one of'],
    [{ subset: 'half' }, 'subset must be one of weakest'],
    [{ subset: 'full', floorBytes: 1 }, 'floor goes with'],
    [{ subset: 'rotating:luck' }, 'rotating:BY with BY one of coverage'],
    [{ freshness: 'every:0' }, 'freshness must be'],
    [{ freshness: 'drift' }, 'freshness must be'],
    [{ contributions: 'probes:0' }, 'contributions must be'],
    [{ contributions: 'devices' }, 'contributions must be'],
    [{ deal: 'dirichlet:-1' }, 'dealing must be'],
  ])('refuses %j', (flags, message) => {
    expect(() => flagsToRun('r', flags, null)).toThrow(message);
  });
});
