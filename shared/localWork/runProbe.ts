// A device's part of a probe: gradients of one tensor group on disjoint batches, compared by their sketches, so that no
// second copy of a gradient is held. Paced and interruptible as local training is. Knows nothing of the server: a trainer
// with its parameters loaded goes in.

import type { LocalTrainingOptions } from './localTraining.ts';
import { createPacer } from './pacing.ts';
import { shuffledBatches } from './shard.ts';

export type ProbeOptions = Omit<LocalTrainingOptions, 'carried'> & { readonly numBatches: number };

/**
 * How many batches of how many samples a probe takes of a shard: of the size asked for, smaller where there would not be
 * two of them. None where there is but one sample.
 */
export function probeBatches(
  numSamples: number,
  batch: number,
  numBatches: number,
): { readonly size: number; readonly count: number } {
  const size = Math.min(batch, Math.floor(numSamples / 2));
  return { size, count: size === 0 ? 0 : Math.min(numBatches, Math.floor(numSamples / size)) };
}

/**
 * Rate x inner product of two gradients from disjoint batches at the trainer's parameters, mean over all pairs of
 * batches; null where aborted, where the shard has not two batches and where the gradients are not finite. One local step
 * a batch, each taken back: the parameters end as they began.
 *
 *     sum over pairs s_i s_j = (|sum s_i|^2 - sum |s_i|^2) / 2
 */
export async function runProbe(options: ProbeOptions): Promise<number | null> {
  const { trainer, shard, localWork, clock, signal } = options;
  const { learningRate } = localWork;
  const { size, count } = probeBatches(shard.samples, localWork.batch, options.numBatches);
  if (count < 2) return null;
  const batches = shuffledBatches(shard, size, options.staging, options.seed);
  const pacer = createPacer(options.flopsPerSecond, clock, options.slowdown);
  let [sum, squares]: [Float64Array | null, number] = [null, 0];
  for (let index = 0; index < count; index++) {
    const hasWaited = await options.mayGoOn();
    if (signal.aborted) return null;
    if (hasWaited) pacer.restart();
    const startedMs = clock.now();
    trainer.beginUpdate();
    trainer.step(batches.next().value, learningRate);
    const sketch = await trainer.sketchUpdate();
    if (signal.aborted) return null;
    trainer.abandonUpdate();
    sum ??= new Float64Array(sketch.length);
    for (let i = 0; i < sketch.length; i++) sum[i]! += sketch[i]!;
    squares += squareOf(sketch);
    await pacer.stepDone(trainer.plan.flopsPerStep * (size / trainer.plan.batch), signal);
    if (signal.aborted) return null;
    options.stepped(index + 1, count, clock.now() - startedMs);
  }
  await trainer.takeMetrics();
  const product = (squareOf(sum!) - squares) / (count * (count - 1)) / learningRate;
  return Number.isFinite(product) ? product : null;
}

function squareOf(values: Float32Array | Float64Array): number {
  let square = 0;
  for (const value of values) square += value * value;
  return square;
}
