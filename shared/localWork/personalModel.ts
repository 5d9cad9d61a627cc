// The personal model: a global one with its last layer (or its biases) fine-tuned on a device's own samples, planned for the
// device's budget as any training is. The same in a tab and in a simulation; knows nothing of where samples and model are from.

import { parametersOf, type ModelSpec } from '../engine/model.ts';
import type { TrainingPlan } from '../engine/plan.ts';
import type { PlanOptions } from '../engine/planTraining.ts';
import { extentsOf, layerScheme, type UpdateScheme } from '../engine/scheme.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { Clock } from './clock.ts';
import { trainLocally } from './localTraining.ts';
import type { Shard, Staging } from './shard.ts';

const BATCH = 16;
const EPOCHS = 40;
const MOST_STEPS = 400;
const SEED = 1;
/** Tried one after the other where training diverges. */
const LEARNING_RATES = [0.05, 0.01, 0.002];

/** What of the model is fine-tuned. */
export type PersonalPart = 'head' | 'biases';

/** The engine's own, handed in by who has it at hand. */
export type PlanTraining = (model: ModelSpec, scheme: UpdateScheme, options: PlanOptions) => TrainingPlan;

/** The last layer where its training fits, else all biases. Throws BudgetError where neither does. */
export function planPersonal(
  planTraining: PlanTraining,
  model: ModelSpec,
  numSamples: number,
  budgetBytes: number,
): { readonly plan: TrainingPlan; readonly trains: PersonalPart } {
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

export interface TrainPersonalOptions {
  /** Of `planPersonal`, with the global model loaded; stays the caller's. */
  readonly trainer: Trainer;
  readonly training: Shard;
  readonly heldOut: Shard | null;
  readonly staging: Staging;
  readonly flopsPerSecond: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** 0 ... 1. */
  readonly progressed: (share: number) => void;
}

export interface TrainedPersonal {
  /** Personal minus global, of what is trained: a view inside the arena. */
  readonly delta: Float32Array;
  /** Share of right answers on the held-out samples; -1 where there are none. */
  readonly globalAccuracy: number;
  readonly personalAccuracy: number;
}

/** The trainer then holds the personal model. Null when aborted; rejects with DivergenceError where nothing can be learnt. */
export async function trainPersonal(options: TrainPersonalOptions): Promise<TrainedPersonal | null> {
  const { trainer, heldOut, staging, signal } = options;
  const globalAccuracy = await accuracyOn(trainer, heldOut, staging);
  const delta = await train(options, LEARNING_RATES);
  if (!delta || signal.aborted) return null;
  return { delta, globalAccuracy, personalAccuracy: await accuracyOn(trainer, heldOut, staging) };
}

/** By the first learning rate that does not diverge: a diverged training leaves the parameters as they were. */
async function train(
  options: TrainPersonalOptions,
  [learningRate, ...lower]: readonly number[],
): Promise<Float32Array | null> {
  try {
    const result = await trainLocally({
      ...options,
      shard: options.training,
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
    return train(options, lower);
  }
}

/** Share of right answers of what the trainer holds; -1 where there are no samples. */
export async function accuracyOn(trainer: Trainer, shard: Shard | null, staging: Staging): Promise<number> {
  if (!shard || shard.samples === 0) return -1;
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
