// The form in which a block travels: a whole parameter tensor or the slice of it that a scheme trains, in some precision.
// Knows nothing of messages; the bytes of a weight are the engine's (weightCodec.ts).

import type { ParameterSpec } from '../engine/model.ts';
import type { Matrix } from '../engine/tensors.ts';
import { lengthOf } from '../engine/range.ts';
import { extentsOf, stretchesOf, type Stretch, type TrainedSlice } from '../engine/scheme.ts';
import { encodeWeight, weightBytes, type TravelPrecision } from '../engine/weightCodec.ts';

/** Finest first. */
export const PRECISIONS: readonly TravelPrecision[] = ['float32', 'float16', 'int8', 'int4'];

/**
 * Elements from which on a block may travel in int4: a convolution's few weights an output are too dear to round so. With the
 * 4,608 of small-cnn's conv2 in int4 as well, FTTE takes 19.5 s to its target on `fashion` in place of 10.5 (seed 101 of
 * experiments/first.json), and of smaller blocks there is little to save.
 */
const LEAST_INT4_ELEMENTS = 10_000;

export interface BlockForm {
  /** Of the values that travel. */
  readonly matrix: Matrix;
  /** Where they lie in the tensor. */
  readonly stretches: readonly Stretch[];
}

/** Of the whole tensor (`slice` null), or of a slice that some scheme trains. */
export function formOfBlock(parameter: ParameterSpec, slice: TrainedSlice | null): BlockForm {
  if (!slice) return { matrix: extentsOf(parameter), stretches: [{ start: 0, length: parameter.size }] };
  const { positions, inputs, outputs } = slice;
  const matrix = { positions, inputs: lengthOf(inputs), outputs: lengthOf(outputs) };
  return { matrix, stretches: stretchesOf(parameter, slice) };
}

/** Whether values in precision `a` serve where `b` is wanted. */
export function isAsFine(a: TravelPrecision, b: TravelPrecision): boolean {
  return PRECISIONS.indexOf(a) <= PRECISIONS.indexOf(b);
}

export function coarserOf(a: TravelPrecision, b: TravelPrecision): TravelPrecision {
  return isAsFine(a, b) ? b : a;
}

/** The precision in which such a block travels where `coarsest` will do: the one of the fewest bytes. */
export function travelPrecision(
  matrix: Matrix,
  coarsest: TravelPrecision,
): { readonly precision: TravelPrecision; readonly bytes: number } {
  const { positions, inputs, outputs } = matrix;
  const isSmall = positions * inputs * outputs < LEAST_INT4_ELEMENTS;
  return PRECISIONS.filter((precision) => isAsFine(precision, coarsest) && !(isSmall && precision === 'int4'))
    .map((precision) => ({ precision, bytes: weightBytes(matrix, precision) }))
    .reduce((best, other) => (other.bytes < best.bytes ? other : best));
}

/** The bytes of a block; `values`: of the whole tensor. */
export function encodeBlock(
  values: Float32Array,
  { matrix, stretches }: BlockForm,
  precision: TravelPrecision,
): Uint8Array<ArrayBuffer> {
  const packed = new Float32Array(stretches.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const { start, length } of stretches) {
    packed.set(values.subarray(start, start + length), end);
    end += length;
  }
  return encodeWeight(packed, matrix, precision);
}
