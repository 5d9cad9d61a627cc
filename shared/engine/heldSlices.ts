// Where a plan holds its parameters and what of them is trained: in the parameters' own tensors, or apart from them.

import { parametersOf } from './model.ts';
import type { TrainingPlan } from './plan.ts';
import { lengthOf, type Range } from './range.ts';
import { stretchesOf, trainedSlices, type Stretch } from './scheme.ts';
import type { ArenaTensor } from './tensors.ts';

/** A scheme entry in the arena. */
export interface HeldSlice {
  /** Index of the parameter. */
  readonly parameter: number;
  /** Arena ids of the tensor that holds it, and of the copy of it. */
  readonly weight: number;
  readonly base: number;
  /** Where it lies in that tensor, which holds nothing else where `apart` says which outputs of the parameter it is. */
  readonly inputs: Range;
  readonly outputs: Range;
  readonly stretches: readonly Stretch[];
  readonly apart: Range | null;
}

/** In scheme order. */
export function heldSlices(plan: TrainingPlan): HeldSlice[] {
  const parameters = parametersOf(plan.model);
  return trainedSlices(plan.model, plan.scheme).map((slice, entry) => {
    const { parameter, size, inputs, outputs } = slice;
    const [weight, base] = [plan.trainedIds[entry]!, plan.baseIds[entry]!];
    if (weight === plan.parameterIds[parameter]) {
      const stretches = stretchesOf(parameters[parameter]!, slice);
      return { parameter, weight, base, inputs, outputs, stretches, apart: null };
    }
    const own = { outputs: [0, lengthOf(outputs)] as const, stretches: [{ start: 0, length: size }] };
    return { parameter, weight, base, inputs, ...own, apart: outputs };
  });
}

/** The tensors that hold the parameters, those of slices held apart after all others. */
export function heldTensors({
  parameterIds,
  trainedIds,
  tensors,
}: Pick<TrainingPlan, 'parameterIds' | 'trainedIds' | 'tensors'>): ArenaTensor[] {
  return [...new Set([...parameterIds, ...trainedIds])].map((id) => tensors[id]!);
}
