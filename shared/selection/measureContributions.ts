// Contribution analysis on a small public set, after TTE (arXiv 2206.15472, section 3.2): short trainings that differ in
// one part of the model, judged by the loss on samples held out. Knows nothing of budgets, threads or devices.
//
// TTE trains one layer at a time over a trained base. Here training starts from scratch, where each layer alone seems to
// gain nearly all there is to gain, and the last one added to all others nearly nothing where another can do its work.
// So each part is both trained alone and left out of training everything: the two ends of Shapley's average.

import { type ModelSpec, type Parameters } from '../engine/model.ts';
import type { TrainingPlan } from '../engine/plan.ts';
import { planTraining } from '../engine/planTraining.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { Batch, Trainer } from '../engine/trainer.ts';
import { shuffledBatches, type Shard, type Staging } from '../localWork/shard.ts';
import { risingGains, type Contributions } from './contributions.ts';
import { emptyGenome, WHOLE, wholeGenome, withRatio, type Genome, type SchemeSpace } from './schemeSpace.ts';

export interface MeasureOptions {
  readonly space: SchemeSpace;
  readonly train: Shard;
  readonly heldOut: Shard;
  readonly staging: Staging;
  /** What it is trained with; the trainers are disposed of here. */
  readonly createTrainer: (plan: TrainingPlan) => Trainer;
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

/** Gains by two measures; neither is right for all models and budgets, so what they lead to is judged by training. */
export interface MeasuredContributions {
  /** What leaving the part out of training everything costs. */
  readonly leftOut: Contributions;
  /** The mean of that and of what training the part alone takes off the loss. */
  readonly mean: Contributions;
}

/** The gain of each part, after the same steps on the same batches. 10 trainings a unit, and one. */
export async function measureContributions(options: MeasureOptions): Promise<MeasuredContributions> {
  const { space, onProgress = () => {} } = options;
  const numUnits = space.units.length;
  const [none, whole] = [emptyGenome(space), wholeGenome(space)];
  const numTrainings = 1 + 2 * numUnits * (1 + WHOLE);
  let numDone = 0;
  const measure = async (genomes: readonly Genome[]): Promise<number[]> => {
    const losses: number[] = [];
    for (const genome of genomes) {
      losses.push(await lossAfter(space.schemeOf(genome), options));
      onProgress(++numDone / numTrainings);
    }
    return losses;
  };
  const noneLoss = await lossAfter(space.schemeOf(none), options);
  const [wholeLoss] = await measure([whole]);

  /** `alone`: nothing but the part, at its sizes from the smallest; `among`: all else, and the part from none to the last but one. */
  async function gainsOf(alone: readonly Genome[], among: readonly Genome[]): Promise<[number[], number[]]> {
    const aloneLosses = [noneLoss, ...(await measure(alone))];
    const amongLosses = [...(await measure(among)), wholeLoss!];
    const leftOut = amongLosses.map((loss) => amongLosses[0]! - loss);
    const mean = leftOut.map((gain, size) => (gain + noneLoss - aloneLosses[size]!) / 2);
    return [risingGains(leftOut), risingGains(mean)];
  }
  const depths = Array.from({ length: numUnits }, (_, depth) => depth);
  const bias = await gainsOf(
    depths.map((depth) => ({ ...none, depth: depth + 1 })),
    depths.map((depth) => ({ ...whole, depth })),
  );
  const sizes = Array.from({ length: WHOLE }, (_, ratio) => ratio);
  const weights: [number[], number[]][] = [];
  for (let unit = 0; unit < numUnits; unit++)
    weights.push(
      await gainsOf(
        sizes.map((ratio) => ({ ...none, ratios: withRatio(none.ratios, unit, ratio + 1) })),
        sizes.map((ratio) => ({ ...whole, ratios: withRatio(whole.ratios, unit, ratio) })),
      ),
    );
  return {
    leftOut: { bias: bias[0], weight: weights.map(([leftOut]) => leftOut) },
    mean: { bias: bias[1], weight: weights.map(([, mean]) => mean) },
  };
}

/** Mean loss on the held-out samples after training the scheme. */
export async function lossAfter(scheme: UpdateScheme, options: MeasureOptions): Promise<number> {
  const { space, train, heldOut, staging, parameters, batch, learningRate, numSteps, seed } = options;
  const trainer = options.createTrainer(planTraining(space.model, scheme, { batch }));
  trainer.load([...parameters.keys()], parameters);
  if (scheme.entries.length > 0) {
    trainer.beginUpdate();
    const batches = shuffledBatches(train, batch, staging, seed);
    for (let step = 0; step < numSteps; step++) trainer.step(batches.next().value, learningRate, step);
  }
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
