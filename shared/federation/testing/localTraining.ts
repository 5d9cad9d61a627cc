// Real local training for tests: the engine's reference trainer on a small made-up data set, batch by batch.

import { planTraining } from '../../engine/planTraining.ts';
import { createReferenceTrainer } from '../../engine/reference/referenceTrainer.ts';
import type { Parameters } from '../../engine/model.ts';
import { EMPTY_SCHEME, fullScheme, type UpdateScheme } from '../../engine/scheme.ts';
import { modelOfScheme } from '../../engine/schemeModel.ts';
import { gatherStretches } from '../../engine/subnetwork.ts';
import type { Batch, Trainer } from '../../engine/trainer.ts';
import { formsOf } from '../../contract/schemeForms.ts';
import { createRandom } from '../../random.ts';
import { TINY_MODEL } from './scenario.ts';

export const BATCH = 4;
export const LEARNING_RATE = 0.1;

/** Samples of two classes that a line parts, seeded. */
export function makeBatches(seed: number, numBatches: number): Batch[] {
  const random = createRandom(seed);
  return Array.from({ length: numBatches }, () => {
    const inputs = Float32Array.from({ length: BATCH * 4 }, () => random.normal());
    const labels = Uint8Array.from({ length: BATCH }, (_, n) =>
      inputs[n * 4]! + inputs[n * 4 + 1]! > inputs[n * 4 + 2]! ? 1 : 0,
    );
    return { inputs, labels, count: BATCH };
  });
}

export interface LocalResult {
  readonly delta: Float32Array;
  /** All parameters after training. */
  readonly trained: Float32Array[];
}

/** One local step a batch, from the given parameters; those of the scheme's width slice alone, if it has one. */
export async function trainSteps(
  parameters: Parameters,
  batches: readonly Batch[],
  scheme: UpdateScheme = fullScheme(TINY_MODEL),
): Promise<LocalResult> {
  const trainer = createLoaded(parameters, scheme);
  trainer.beginUpdate();
  for (const batch of batches) trainer.step(batch, LEARNING_RATE);
  const delta = Float32Array.from(await trainer.finishUpdate());
  const trained = await trainer.read();
  trainer.dispose();
  return { delta, trained };
}

/** Mean loss over the batches. */
export async function meanLossOver(parameters: Parameters, batches: readonly Batch[]): Promise<number> {
  const trainer = createLoaded(parameters, EMPTY_SCHEME);
  for (const batch of batches) trainer.evaluate(batch);
  const { lossSum, samples } = await trainer.takeMetrics();
  trainer.dispose();
  return lossSum / samples;
}

function createLoaded(parameters: Parameters, scheme: UpdateScheme): Trainer {
  const model = modelOfScheme(TINY_MODEL, scheme);
  const trainer = createReferenceTrainer(planTraining(model, scheme, { batch: BATCH }));
  const { blocks } = formsOf(TINY_MODEL, scheme);
  trainer.load(
    parameters.map((_, index) => index),
    parameters.map((values, index) => gatherStretches(values, blocks[index]!.stretches)),
  );
  return trainer;
}
