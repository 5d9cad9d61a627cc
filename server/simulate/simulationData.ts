// The data of a simulation: what devices train on, what versions are measured on meanwhile, and what the last one is
// measured on. Dealt as sample numbers, so that ten thousand devices hold one data set together.

import { findTask } from '../../shared/tasks/tasks.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { dealSamples, parseDealing, takeSamples } from '../data/deal.ts';
import { loadTask } from '../data/loadTask.ts';
import { shareArray, shareDataset } from './sharedArrays.ts';
import type { SimulationConfig } from './simulationConfig.ts';

/** A task's samples in shared memory. */
interface Split {
  /** Those that are dealt, with what dealing needs to know of them. */
  readonly dealt: Dataset;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

export interface SimulationData {
  readonly task: TaskDefinition;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Sample numbers of each device. */
  readonly shards: readonly Uint32Array[];
}

/** The newest that was split, as simulations of one task follow one another. */
let newestSplit: { readonly key: string; readonly split: Promise<Split> } | null = null;

/** Those of a task without the dealing; shared with others of the same task and seed. */
function splitOf({ task: id, seed, validationSamples }: SimulationConfig, dataDir: string): Promise<Split> {
  const key = JSON.stringify([id, seed, validationSamples, dataDir]);
  if (newestSplit?.key !== key) newestSplit = { key, split: loadSplit(id, seed, validationSamples, dataDir) };
  return newestSplit.split;
}

async function loadSplit(
  id: string,
  seed: number,
  validationSamples: number,
  dataDir: string,
): Promise<Split> {
  const { train: all, test } = await loadTask(id, { dataDir, seed });
  const heldBack = chooseValidation(all, validationSamples);
  const isHeldBack = new Set(heldBack);
  const rest = Array.from({ length: all.count }, (_, sample) => sample).filter((s) => !isHeldBack.has(s));
  const dealt = takeSamples(all, rest);
  return {
    dealt,
    train: shareDataset(dealt),
    validation: shareDataset(takeSamples(all, heldBack)),
    test: shareDataset(test),
  };
}

/**
 * Loads and deals. There are as many shards as the data allow, at most one a device; more devices than shards share
 * them in turn, as tabs do with demo shards. Throws DataError where files are missing, RangeError for too little data.
 */
export async function loadSimulationData(config: SimulationConfig, dataDir: string): Promise<SimulationData> {
  const task = findTask(config.task);
  const { dealt: all, train, validation, test } = await splitOf(config, dataDir);
  const numShards = Math.min(config.devices, Math.floor(all.count / config.samplesPerDevice));
  if (numShards === 0)
    throw new RangeError(
      `samplesPerDevice must be at most ${all.count}, the samples of task "${task.id}" that are left, got ${config.samplesPerDevice}`,
    );
  const dealing = parseDealing(config.deal);
  const dealt = dealSamples(all, dealing, numShards, config.samplesPerDevice, config.seed);
  const shards = dealt.map((samples) => shareArray(Uint32Array.from(samples)));
  return {
    task,
    train,
    validation,
    test,
    shards: Array.from({ length: config.devices }, (_, device) => shards[device % numShards]!),
  };
}

/** Every so-manieth group, where the data have groups, or sample: the same for all seeds of a run. */
function chooseValidation({ count, groups }: Dataset, wanted: number): number[] {
  if (wanted > count / 2)
    throw new RangeError(`validationSamples must be at most half of the ${count} samples, got ${wanted}`);
  const all = Array.from({ length: count }, (_, sample) => sample);
  if (!groups) {
    const stride = count / wanted;
    return Array.from({ length: wanted }, (_, i) => Math.floor(i * stride));
  }
  const numGroups = groups.reduce((most, group) => Math.max(most, group), 0) + 1;
  const stride = Math.max(2, Math.round(count / wanted));
  const chosen = new Set(Array.from({ length: Math.floor(numGroups / stride) }, (_, i) => i * stride));
  const samples = all.filter((sample) => chosen.has(groups[sample]!));
  if (samples.length > 0) return samples;
  // So few are wanted that no group is as small, or numbers of groups are far between.
  const [first] = [...new Set(groups)].sort((a, b) => a - b);
  const isOnly = groups.every((group) => group === first);
  return isOnly ? all.slice(0, wanted) : all.filter((sample) => groups[sample] === first);
}
