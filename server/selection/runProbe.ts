// A device's part of a probe: gradients of one tensor group on disjoint batches, compared by their sketches, so that no
// second copy of a gradient is held. Knows nothing of the server: a trainer with its parameters loaded goes in.

import type { Trainer } from '../../shared/engine/trainer.ts';
import { shuffledBatches, type Shard, type Staging } from '../../shared/localWork/shard.ts';

export interface ProbeWork {
  readonly batch: number;
  /** At least two; as many as the shard has, if fewer. */
  readonly numBatches: number;
  readonly learningRate: number;
  readonly seed: number;
}

/**
 * Rate x inner product of two gradients from disjoint batches at the trainer's parameters, mean over all pairs of
 * batches; null where the shard has not two of them. One local step a batch, each taken back: the parameters end as they began.
 *
 *     sum over pairs s_i s_j = (|sum s_i|^2 - sum |s_i|^2) / 2
 */
export async function runProbe(
  trainer: Trainer,
  shard: Shard,
  staging: Staging,
  { batch, numBatches, learningRate, seed }: ProbeWork,
): Promise<number | null> {
  const count = Math.min(numBatches, Math.floor(shard.samples / batch));
  if (count < 2) return null;
  const batches = shuffledBatches(shard, batch, staging, seed);
  let [sum, squares]: [Float64Array | null, number] = [null, 0];
  for (let index = 0; index < count; index++) {
    trainer.beginUpdate();
    trainer.step(batches.next().value, learningRate);
    const sketch = await trainer.sketchUpdate();
    trainer.abandonUpdate();
    sum ??= new Float64Array(sketch.length);
    for (let i = 0; i < sketch.length; i++) sum[i]! += sketch[i]!;
    squares += squareOf(sketch);
  }
  await trainer.takeMetrics();
  return (squareOf(sum!) - squares) / (count * (count - 1)) / learningRate;
}

function squareOf(values: Float32Array | Float64Array): number {
  let square = 0;
  for (const value of values) square += value * value;
  return square;
}
