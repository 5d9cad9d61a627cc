// Which trained slices are held apart from the weights that they are of: those are then rounded like frozen ones.

import type { ParameterSpec } from '../model.ts';
import { lengthOf } from '../range.ts';
import { extentsOf, type TrainedSlice } from '../scheme.ts';
import { weightBytes } from '../weightCodec.ts';
import type { ConvStage, DenseStage, Stage } from './stage.ts';

/** What a weight's rest is held in beside a slice of it: a slice's outputs are then zeroed by their scales alone. */
export const PRECISION_OF_REST = 'int8';

/** Whose weights may be held in less than float32: those with many elements, read by few kernels. */
function hasMatrixProduct(stage: Stage): stage is ConvStage | DenseStage {
  return stage.kind === 'dense' || (stage.kind === 'conv' && stage.geometry.groups === 1);
}

/** Indices of the parameters that may be held in less than float32, as a whole or around a slice. */
export function encodableWeights(stages: readonly Stage[]): ReadonlySet<number> {
  return new Set(stages.flatMap((stage) => (hasMatrixProduct(stage) ? [stage.weight] : [])));
}

/** All inputs of some outputs: float32 beside the whole weight in int8 takes fewer bytes than the whole in float32. */
export function canHoldApart(parameter: ParameterSpec, { inputs, outputs, size }: TrainedSlice): boolean {
  const matrix = extentsOf(parameter);
  const isWholeInputs = lengthOf(inputs) === matrix.inputs;
  const isPart = lengthOf(outputs) < matrix.outputs;
  return isWholeInputs && isPart && weightBytes(matrix, PRECISION_OF_REST) + size * 4 < parameter.size * 4;
}
