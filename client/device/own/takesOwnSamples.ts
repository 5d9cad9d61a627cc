// Which tasks can learn from samples that a person says the class of. For page and Worker; knows nothing of how they are given.

import { numOutputs, type ModelSpec } from '../../../shared/engine/model.ts';
import type { TaskInfo } from '../../../shared/contract/messages.ts';

/** Whether a sample's class is all that the model needs to learn from it. */
export function takesOwnSamples({ model, classes }: Pick<TaskInfo, 'model' | 'classes'>): boolean {
  return classes.length > 0 && (model.loss === 'softmaxCrossEntropy' || isBit(model));
}

/** Whether the model has one output for two classes: how likely it is the second. A sample's target is then its class. */
export function isBit(model: ModelSpec): boolean {
  return model.loss === 'binaryCrossEntropy' && numOutputs(model) === 1;
}
