// The data of a simulation: what devices train on, what versions are measured on meanwhile, and what the last one is
// measured on. Dealt as sample numbers, so that ten thousand devices hold one data set together.

import type { Parameters } from '../../shared/engine/model.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { dealSamples, parseDealing, takeSamples } from '../../shared/tasks/deal.ts';
import type { OpenedTask, TaskOpener } from '../data/openTask.ts';
import { isTaskFile } from '../data/ownTask/openOwnTask.ts';
import { chooseValidation } from '../../shared/simulate/chooseValidation.ts';
import { shareArray, shareDataset } from './sharedArrays.ts';
import type { SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import type { SimulationData } from '../../shared/simulate/simulationData.ts';

/** A task's samples in shared memory. */
interface Split {
  readonly task: TaskDefinition;
  readonly start: Parameters | undefined;
  /** Those that are dealt, with what dealing needs to know of them. */
  readonly dealt: Dataset;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

/** The newest that was split, as simulations of one task follow one another. */
let newestSplit: {
  readonly key: string;
  readonly own: OpenedTask | null;
  readonly split: Promise<Split>;
} | null = null;

/** Those of a task without the dealing; shared with others of the same task and seed. */
async function splitOf(config: SimulationConfig, open: TaskOpener, dataDir: string): Promise<Split> {
  const { task, seed, validationSamples } = config;
  const key = JSON.stringify([task, seed, validationSamples, dataDir]);
  // A file may have another content by now.
  const own = isTaskFile(task) ? await open(task, seed) : null;
  if (newestSplit?.key !== key || newestSplit.own !== own)
    newestSplit = { key, own, split: loadSplit(config, open) };
  return newestSplit.split;
}

async function loadSplit(
  { task: name, seed, validationSamples }: SimulationConfig,
  open: TaskOpener,
): Promise<Split> {
  const { task, data, start } = await open(name, seed);
  const { train: all, test } = data;
  const heldBack = chooseValidation(all, validationSamples);
  const isHeldBack = new Set(heldBack);
  const rest = Array.from({ length: all.count }, (_, sample) => sample).filter((s) => !isHeldBack.has(s));
  const dealt = takeSamples(all, rest);
  return {
    task,
    start,
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
export async function loadSimulationData(
  config: SimulationConfig,
  open: TaskOpener,
  dataDir: string,
): Promise<SimulationData> {
  const { task, start, dealt: all, train, validation, test } = await splitOf(config, open, dataDir);
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
    start,
    train,
    validation,
    test,
    shards: Array.from({ length: config.devices }, (_, device) => shards[device % numShards]!),
  };
}
