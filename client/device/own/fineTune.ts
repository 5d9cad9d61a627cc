// The personal model: the newest global one with its last layer (or its biases) fine-tuned on the own samples, planned for
// the device's budget as any training is. What is kept of it is what was added to those few tensors.

import { parametersOf, type ModelSpec } from '../../../shared/engine/model.ts';
import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { extentsOf, layerScheme, trainedSlices, type UpdateScheme } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import type { Clock } from '../../../shared/localWork/clock.ts';
import { trainLocally } from '../../../shared/localWork/localTraining.ts';
import type { Shard, Staging } from '../../../shared/localWork/shard.ts';
import type { PersonalState } from '../ownData.ts';
import { loadNewest, NO_MODEL_HELD } from './newestModel.ts';
import type { OwnEngine } from './ownHost.ts';

const BATCH = 16;
const EPOCHS = 40;
const MOST_STEPS = 400;
const SEED = 1;
/** Tried one after the other where training diverges. */
const LEARNING_RATES = [0.05, 0.01, 0.002];

export interface PersonalModel {
  readonly run: string;
  /** Of the global model that it was made from. */
  readonly version: number;
  readonly trains: PersonalState['trains'];
  /** The tensors that differ, and by what: personal minus global. */
  readonly tensors: readonly number[];
  readonly deltas: readonly Float32Array[];
  /** Share of right answers on the held-out samples; -1 where there are none. */
  readonly globalAccuracy: number;
  readonly personalAccuracy: number;
}

/** The last layer where its training fits, else all biases. Throws BudgetError where neither does. */
export function planPersonal(
  { planTraining }: OwnEngine,
  model: ModelSpec,
  numSamples: number,
  budgetBytes: number,
): { readonly plan: TrainingPlan; readonly trains: PersonalState['trains'] } {
  const options = { batch: Math.min(BATCH, numSamples), budgetBytes };
  const head = layerScheme(model, [parametersOf(model).at(-1)!.layer]);
  try {
    return { plan: planTraining(model, head, options), trains: 'head' };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'budget') throw error;
    try {
      return { plan: planTraining(model, biasScheme(model), options), trains: 'biases' };
    } catch {
      throw error;
    }
  }
}

function biasScheme(model: ModelSpec): UpdateScheme {
  const biases = parametersOf(model).filter(({ role }) => role === 'bias' || role === 'shift');
  return {
    entries: biases.map((parameter) => {
      const { inputs, outputs } = extentsOf(parameter);
      return { tensor: parameter.name, output: [0, outputs], input: [0, inputs] };
    }),
  };
}

export interface FineTuneOptions {
  /** Of `planPersonal`, with nothing loaded; stays the caller's. */
  readonly trainer: Trainer;
  readonly run: string;
  readonly trains: PersonalState['trains'];
  readonly training: Shard;
  readonly heldOut: Shard | null;
  readonly staging: Staging;
  readonly engine: OwnEngine;
  readonly flopsPerSecond: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** 0 ... 1. */
  readonly progressed: (share: number) => void;
}

/** Null when aborted. Rejects where the model cannot be had, and with DivergenceError where nothing can be learnt. */
export async function fineTune(options: FineTuneOptions): Promise<PersonalModel | null> {
  const { trainer, run, trains, training, heldOut, staging, engine, signal } = options;
  const newest = await loadNewest(trainer, NO_MODEL_HELD, [], engine, () => !signal.aborted);
  if (!newest) return null;
  const globalAccuracy = await accuracyOn(trainer, heldOut, staging);
  const delta = await train(options, training, LEARNING_RATES);
  if (!delta || signal.aborted) return null;
  const personalAccuracy = await accuracyOn(trainer, heldOut, staging);
  const slices = trainedSlices(trainer.plan.model, trainer.plan.scheme);
  let end = 0;
  return {
    run,
    version: newest.version,
    trains,
    tensors: slices.map(({ parameter }) => parameter),
    deltas: slices.map(({ size }) => delta.slice(end, (end += size))),
    globalAccuracy,
    personalAccuracy,
  };
}

/** By the first learning rate that does not diverge: a diverged training leaves the parameters as they were. */
async function train(
  options: FineTuneOptions,
  shard: Shard,
  [learningRate, ...lower]: readonly number[],
): Promise<Float32Array | null> {
  try {
    const result = await trainLocally({
      ...options,
      shard,
      localWork: {
        batch: options.trainer.plan.batch,
        epochs: EPOCHS,
        maxSteps: MOST_STEPS,
        learningRate: learningRate!,
      },
      seed: SEED,
      mayGoOn: () => Promise.resolve(false),
      stepped: (step, numSteps) => options.progressed(step / numSteps),
    });
    return result && result.delta;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'divergence' || lower.length === 0) throw error;
    return train(options, shard, lower);
  }
}

/** Share of right answers; -1 where there are no samples. */
async function accuracyOn(trainer: Trainer, shard: Shard | null, staging: Staging): Promise<number> {
  if (!shard) return -1;
  const { samples, sampleSize, inputs, labels, targets } = shard;
  const outputs = targets ? targets.length / samples : 0;
  const { batch } = trainer.plan;
  await trainer.takeMetrics();
  for (let from = 0; from < samples; from += batch) {
    const to = Math.min(from + batch, samples);
    trainer.evaluate({
      inputs: inputs.subarray(from * sampleSize, to * sampleSize),
      labels: labels.subarray(from, to),
      ...(targets && { targets: targets.subarray(from * outputs, to * outputs) }),
      count: to - from,
      scale: staging.scale,
      offset: staging.offset,
    });
  }
  const metrics = await trainer.takeMetrics();
  return metrics.correct / metrics.samples;
}
