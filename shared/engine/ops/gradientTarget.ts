// What becomes of the gradient of a parameter.

import { lengthOf, type Range } from '../range.ts';

/**
 * What becomes of the gradient of the slice `inputs` x `outputs` of a weight (see SchemeEntry): `w -= learningRate * g` at
 * once, or `accumulator += g`, the accumulator being packed: `[positions, inputs, outputs]` of the slice alone. So is a
 * weight that is `apart`: the slice lies in a tensor of its own.
 */
export type GradientTarget = {
  readonly inputs: Range;
  readonly outputs: Range;
} & (
  | { readonly kind: 'sgd'; readonly weight: number; readonly isApart?: boolean }
  | { readonly kind: 'accumulate'; readonly accumulator: number }
);

/** The tensor that takes the gradient. */
export function targetTensor(target: GradientTarget): number {
  return target.kind === 'sgd' ? target.weight : target.accumulator;
}

/** The tensor that takes it is as large as the slice. */
export function isPacked(target: GradientTarget): boolean {
  return target.kind === 'accumulate' || target.isApart === true;
}

/** Share of a weight that the target takes the gradient of. */
export function shareOf(target: GradientTarget, inputs: number, outputs: number): number {
  return (lengthOf(target.inputs) * lengthOf(target.outputs)) / (inputs * outputs);
}
