// A task small enough for tests of everything around the training: 16 parameters, 40 samples.

import type { ModelSpec } from '../../shared/engine/model.ts';
import { createRandom } from '../../shared/random.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { resolveRun, type GivenRun, type RunConfig } from '../../shared/federation/config.ts';
import { findStrategy } from '../../shared/federation/strategies.ts';
import type { OpenedTask } from '../data/openTask.ts';
import type { ServerOptions } from '../startServer.ts';

const MODEL: ModelSpec = {
  id: 'tiny',
  input: [4],
  layers: [
    { kind: 'dense', name: 'first', units: 2 },
    { kind: 'relu', name: 'relu' },
    { kind: 'dense', name: 'last', units: 2 },
  ],
  loss: 'softmaxCrossEntropy',
};

/** Elements of `first.weight`, `first.bias`, `last.weight`, `last.bias`. */
export const TINY_TENSOR_SIZES: readonly number[] = [8, 2, 4, 2];

export const TINY_TASK: TaskDefinition = {
  id: 'tiny',
  title: 'Tiny',
  model: MODEL,
  classes: ['low', 'high'],
  inputs: 'uint8',
  scale: 1 / 255,
  offset: 0,
  metric: 'accuracy',
  floor: 0.7,
  target: 0.9,
  dealing: { dealing: { kind: 'iid' }, numShards: 4, samplesPerShard: 10 },
  localWork: { batch: 4, epochs: 1, maxSteps: 4, learningRate: 0.1 },
};

export function tinyRun(id: string, overrides: Partial<GivenRun> = {}): RunConfig {
  return resolveRun({
    id,
    task: 'tiny',
    seed: 7,
    strategy: findStrategy('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 }, clipMultiple: 0 }),
    subset: { kind: 'full' },
    localWork: TINY_TASK.localWork,
    concurrency: 100,
    graceMs: 60_000,
    leaseMs: 60_000,
    ...overrides,
  });
}

export function openTinyTask(): Promise<OpenedTask> {
  return Promise.resolve({ task: TINY_TASK, data: { train: samples(40, 1), test: samples(20, 2) } });
}

/** Server options that need no files but `runsDir`. */
export function tinyServerOptions(runsDir: string, runs: readonly RunConfig[]): ServerOptions {
  return {
    runs,
    runsDir,
    host: '127.0.0.1',
    openTask: openTinyTask,
    numShards: 4,
    samplesPerShard: 10,
    evaluateEveryMs: 50,
  };
}

function samples(count: number, seed: number): Dataset {
  const random = createRandom(seed);
  const inputs = Uint8Array.from({ length: count * 4 }, () => random.integer(256));
  const labels = Uint8Array.from({ length: count }, (_, k) => (inputs[k * 4]! > 127 ? 1 : 0));
  return { count, inputs, labels, groups: null };
}
