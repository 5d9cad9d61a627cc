// Whether labels and targets are what the model's loss and the task's metric need. Knows nothing of how they were read.

import type { LossKind, ModelSpec } from '../../../shared/engine/model.ts';
import type { Metric } from '../../../shared/tasks/metric.ts';
import type { Dataset } from '../../../shared/tasks/task.ts';
import { DataError } from '../dataError.ts';
import type { Aspect } from './rawPart.ts';
import { MOST_CLASSES } from './taskFile.ts';

const METRICS_OF: Readonly<Record<LossKind, readonly Metric[]>> = {
  softmaxCrossEntropy: ['accuracy', 'recall', 'auc'],
  binaryCrossEntropy: ['accuracy', 'recall', 'auc', 'mse'],
  meanSquaredError: ['mse'],
};

export interface TruthRules {
  readonly model: ModelSpec;
  readonly outputs: number;
  readonly classes: readonly string[];
  readonly metric: Metric;
  /** Name of the task file. */
  readonly task: string;
  /** Name of the data file. */
  readonly file: string;
  /** Where a person finds a sample's label or target: file and line, or file and index. */
  placeOf(aspect: Aspect, sample: number): string;
}

/** Throws DataError naming the field of the task file, or the data file and the place in it. */
export function checkTruth(data: Dataset, rules: TruthRules): void {
  const { model, outputs, classes, metric, task, file, placeOf } = rules;
  const { loss } = model;
  if (!METRICS_OF[loss].includes(metric))
    throw new DataError(
      `${task}: metric: expected ${METRICS_OF[loss].join(' or ')} for the loss ${loss}, got "${metric}"`,
    );
  if (classes.length !== numClasses(loss, outputs) && loss !== 'meanSquaredError')
    throw new DataError(
      `${task}: classes: expected ${numClasses(loss, outputs)} for a model of ${outputs} outputs, got ${classes.length}`,
    );
  if (classes.length > MOST_CLASSES && data.labels.length > 0)
    throw new DataError(`${task}: model: expected at most ${MOST_CLASSES} classes, got ${classes.length}`);
  if (loss === 'softmaxCrossEntropy') {
    if (data.labels.length === 0)
      throw new DataError(`${task}: data: expected labels for the loss ${loss}, got none`);
    if (data.targets)
      throw new DataError(`${task}: data: expected labels alone for the loss ${loss}, got targets`);
  } else if (!data.targets) {
    throw new DataError(`${task}: data: expected targets for the loss ${loss}, got none`);
  }
  const wrong = data.labels.findIndex((label) => label >= classes.length);
  if (wrong >= 0)
    throw new DataError(
      `${placeOf('labels', wrong)}: expected a label from 0 to ${classes.length - 1}, got ${data.labels[wrong]}`,
    );
  if (!data.targets) return;
  const perSample = data.targets.length / data.count;
  if (perSample !== outputs)
    throw new DataError(
      `${file}: expected ${outputs} targets a sample, one for each output, got ${perSample}`,
    );
  const huge = data.targets.findIndex((target) => !Number.isFinite(target));
  if (huge >= 0)
    throw new DataError(
      `${placeOf('targets', Math.floor(huge / outputs))}: expected targets that are numbers of float32, got a larger one`,
    );
  if (loss !== 'binaryCrossEntropy') return;
  const odd = data.targets.findIndex((target) => !(target >= 0 && target <= 1));
  if (odd >= 0)
    throw new DataError(
      `${placeOf('targets', Math.floor(odd / outputs))}: expected targets from 0 to 1 for the loss ${loss}, got ${data.targets[odd]}`,
    );
}

/** Recall and AUC need a sample of every class. Throws DataError where the test set has none. */
export function checkMeasurable(
  { labels, targets, count }: Dataset,
  { classes, metric, file }: Pick<TruthRules, 'classes' | 'metric' | 'file'>,
): void {
  if (metric !== 'recall' && metric !== 'auc') return;
  const outputs = targets ? targets.length / count : 1;
  classes.forEach((name, k) => {
    const isOfClass = targets
      ? (sample: number) =>
          outputs === 1 ? targets[sample]! > 0.5 === (k === 1) : targets[sample * outputs + k]! > 0.5
      : (sample: number) => labels[sample] === k;
    for (let sample = 0; sample < count; sample++) if (isOfClass(sample)) return;
    throw new DataError(
      `${file}: expected test samples of every class for the metric ${metric}, got none of "${name}"`,
    );
  });
}

function numClasses(loss: LossKind, outputs: number): number {
  return loss === 'binaryCrossEntropy' && outputs === 1 ? 2 : outputs;
}
