// Contribution analysis on a small public set, after TTE (arXiv 2206.15472, section 3.2): short trainings that differ in
// one part of the model, judged by the loss on samples held out. Knows nothing of budgets, threads or devices.
//
// TTE trains one layer at a time over a trained base. Here training starts from scratch, where each layer alone seems to
// gain nearly all there is to gain; so each part is left out of training everything, and what that costs is its gain.

import { type ModelSpec, type Parameters } from '../../shared/engine/model.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { Batch } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { shuffledBatches, type Shard, type Staging } from '../../shared/localWork/shard.ts';
import { risingGains, type Contributions } from './contributions.ts';
import { RATIOS, WHOLE, wholeGenome, withRatio, type Genome, type SchemeSpace } from './schemeSpace.ts';

export interface MeasureOptions {
  readonly space: SchemeSpace;
  readonly train: Shard;
  readonly heldOut: Shard;
  readonly staging: Staging;
  /** Where every training starts. */
  readonly parameters: Parameters;
  readonly batch: number;
  readonly learningRate: number;
  /** Of each training. */
  readonly numSteps: number;
  readonly seed: number;
  /** Share of the trainings done, 0 ... 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The gain of training a part rather than none of it, all else being trained: loss without it minus loss with it, after
 * the same steps on the same batches. 5 trainings a unit, and one.
 */
export async function measureContributions(options: MeasureOptions): Promise<Contributions> {
  const { space, onProgress = () => {} } = options;
  const whole = wholeGenome(space);
  const partial = RATIOS.slice(0, WHOLE);
  const genomes: Genome[] = [
    whole,
    ...space.units.map((_, depth) => ({ ...whole, depth })),
    ...space.units.flatMap((_, unit) =>
      partial.map((_ratio, index) => ({ ...whole, ratios: withRatio(whole.ratios, unit, index) })),
    ),
  ];
  const losses: number[] = [];
  for (const genome of genomes) {
    losses.push(await lossAfter(genome, options));
    onProgress(losses.length / genomes.length);
  }
  const wholeLoss = losses.shift()!;
  const gainsOf = (measured: readonly number[]): number[] =>
    risingGains([...measured, wholeLoss].map((loss) => measured[0]! - loss));
  const bias = gainsOf(losses.splice(0, space.units.length));
  const weight = space.units.map(() => gainsOf(losses.splice(0, partial.length)));
  return { bias, weight };
}

/** Mean loss on the held-out samples after training the genome's scheme; that of a uniform guess where it diverged. */
async function lossAfter(genome: Genome, options: MeasureOptions): Promise<number> {
  const { space, train, heldOut, staging, parameters, batch, learningRate, numSteps, seed } = options;
  const trainer = createWasmTrainer(planTraining(space.model, space.schemeOf(genome), { batch }));
  trainer.load([...parameters.keys()], parameters);
  trainer.beginUpdate();
  const batches = shuffledBatches(train, batch, staging, seed);
  for (let step = 0; step < numSteps; step++) trainer.step(batches.next().value, learningRate, step);
  await trainer.takeMetrics();
  for (const samples of batchesOf(heldOut, batch, staging, space.model)) trainer.evaluate(samples);
  const { lossSum, samples } = await trainer.takeMetrics();
  trainer.dispose();
  return lossSum / samples;
}

function* batchesOf(
  { inputs, labels, targets, samples, sampleSize }: Shard,
  size: number,
  { scale, offset }: Staging,
  { loss }: ModelSpec,
): Generator<Batch> {
  const outputs = loss === 'softmaxCrossEntropy' ? 0 : targets!.length / samples;
  for (let from = 0; from < samples; from += size) {
    const to = Math.min(from + size, samples);
    yield {
      inputs: inputs.subarray(from * sampleSize, to * sampleSize),
      labels: labels.subarray(from, to),
      ...(targets && { targets: targets.subarray(from * outputs, to * outputs) }),
      count: to - from,
      scale,
      offset,
    };
  }
}
