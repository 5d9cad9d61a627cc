// Local training whose loss allows for the shard's uneven labels. The counts stay on the device.
//
//   loss = crossEntropy(logits + o, label)       o_c = strength * log((n_c + 1) / (n_max + 1))      n_c  the shard's samples of class c
//
// Logit adjustment by the labels' prior (Menon et al., ICLR 2021, arXiv 2007.07314; for shards of federated devices Zhang et al., FedLC,
// ICML 2022, arXiv 2209.00189): of a class that the shard hardly has, the model is not taught that it never comes. One is added to each
// count, so that what is not there at all stays finite.
//
// What is added to the logits may as well be added to the bias that they come from: while the device trains, that is where o lies. The
// delta is trained minus base, both with o, and so is none the worse; no kernel and no plan knows of it, and it takes no memory.
// What trains is handed in, so that nothing comes with this where it is fetched. Where the last bias is not trained, nothing is calibrated: it could not be given back.

import type { TrainingPlan } from '../engine/plan.ts';
import type { LocalTrainingOptions, trainLocally } from './localTraining.ts';

/** As `train`, which is `trainLocally`, with the labels' share in the loss; `strength` 0 is without. */
export async function trainCalibrated(
  train: typeof trainLocally,
  options: LocalTrainingOptions,
  strength: number,
): ReturnType<typeof trainLocally> {
  const { trainer, shard, signal } = options;
  const index = logitBiasOf(trainer.plan);
  if (strength === 0 || index === null || shard.labels.length === 0) return train(options);
  const [bias] = await trainer.read([index]);
  if (signal.aborted) return null;
  const offsets = labelOffsets(shard.labels, bias!.length, strength);
  trainer.loadRange(
    index,
    0,
    bias!.map((value, c) => value + offsets[c]!),
  );
  try {
    return await train(options);
  } catch (error) {
    // It was given back what `beginUpdate` noted, which was shifted.
    if ((error as { readonly code?: unknown }).code === 'divergence') trainer.loadRange(index, 0, bias!);
    throw error;
  }
}

/** o, of `numClasses` classes: none above 0. */
export function labelOffsets(labels: Uint8Array, numClasses: number, strength: number): Float32Array {
  const counts = new Float32Array(numClasses);
  for (const label of labels) counts[label] = counts[label]! + 1;
  const most = Math.max(...counts);
  return counts.map((count) => strength * Math.log((count + 1) / (most + 1)));
}

/** The trained bias that the logits come from, as an index among the model's parameters, of which it is the last; null: there is none. */
function logitBiasOf({ model, scheme, parameterIds }: TrainingPlan): number | null {
  const last = model.layers.at(-1);
  const isLogits = model.loss === 'softmaxCrossEntropy' && last?.kind === 'dense';
  const isTrained = scheme.entries.some(({ tensor }) => tensor === `${last?.name}.bias`);
  return isLogits && isTrained ? parameterIds.length - 1 : null;
}
