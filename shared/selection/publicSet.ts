// The small public set that contributions are measured on: some of a task's training samples, which the server has anyway.

import type { Shard } from '../localWork/shard.ts';
import { createRandom } from '../random.ts';
import type { Dataset } from '../tasks/task.ts';
import { takeSamples } from '../tasks/deal.ts';

const MAX_SAMPLES = 1200;
/** Of all, judge the trainings. */
const HELD_OUT_SHARE = 1 / 3;

export interface PublicSet {
  readonly train: Shard;
  readonly heldOut: Shard;
}

/** At most 1,200 samples in seeded order; null where there are too few to hold any out. */
export function takePublicSet(data: Dataset, seed: number): PublicSet | null {
  const order = createRandom(seed).shuffle(Array.from({ length: data.count }, (_, index) => index));
  const chosen = order.slice(0, MAX_SAMPLES);
  const numHeldOut = Math.floor(chosen.length * HELD_OUT_SHARE);
  if (numHeldOut === 0) return null;
  return {
    heldOut: shardOf(data, chosen.slice(0, numHeldOut)),
    train: shardOf(data, chosen.slice(numHeldOut)),
  };
}

/** Those samples of a data set, to train or examine on; copies. */
export function shardOf(data: Dataset, samples: readonly number[]): Shard {
  const { inputs, labels, targets } = takeSamples(data, samples);
  const sampleSize = data.inputs.length / data.count;
  return { samples: samples.length, sampleSize, inputs, labels, ...(targets && { targets }) };
}
