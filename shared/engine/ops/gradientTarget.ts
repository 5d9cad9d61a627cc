// What becomes of the gradient of a parameter.

import { lengthOf, type Range } from '../range.ts';

/**
 * What becomes of the gradient of the slice `inputs` x `outputs` of a weight (see SchemeEntry): `w -= learningRate * g` at
 * once, or `accumulator += g`, the accumulator being packed: `[positions, inputs, outputs]` of the slice alone.
 */
export type GradientTarget = {
  readonly inputs: Range;
  readonly outputs: Range;
} & (
  | { readonly kind: 'sgd'; readonly weight: number }
  | { readonly kind: 'accumulate'; readonly accumulator: number }
);

/** The tensor that takes the gradient. */
export function targetTensor(target: GradientTarget): number {
  return target.kind === 'sgd' ? target.weight : target.accumulator;
}

/** Share of a weight that the target takes the gradient of. */
export function shareOf(target: GradientTarget, inputs: number, outputs: number): number {
  return (lengthOf(target.inputs) * lengthOf(target.outputs)) / (inputs * outputs);
}
