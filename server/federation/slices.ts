// Where a scheme's entries lie, in the model's tensors and in an update's delta. Pure; knows the wire's order, not its bytes.
//
//   tensor  [positions, inputs, outputs]      positions: kernel pixels of a conv weight, 1 elsewhere
//             rows of `input` x columns of `output`, row-major  ->  runs of neighbouring elements
//   delta   | entry 0 | entry 1 | ...         each entry's runs one after the other

import type { ParameterSpec } from '../../shared/engine/model.ts';
import { extentsOf, type SchemeEntry, type UpdateScheme } from '../../shared/engine/scheme.ts';

/** Neighbouring elements `[start, start + length)` of a tensor. */
export interface Run {
  readonly start: number;
  readonly length: number;
}

/** One scheme entry. */
export interface Slice {
  /** Index of the parameter tensor. */
  readonly tensor: number;
  readonly runs: readonly Run[];
  /** Number of elements of the entry. */
  readonly size: number;
  /** Elements of the delta before this entry's. */
  readonly deltaStart: number;
}

/** The slices of a scheme, in its order. Throws RangeError naming an entry that the model does not have. */
export function slicesOf(parameters: readonly ParameterSpec[], scheme: UpdateScheme): Slice[] {
  let deltaStart = 0;
  return scheme.entries.map((entry) => {
    const tensor = parameters.findIndex((parameter) => parameter.name === entry.tensor);
    if (tensor < 0) throw new RangeError(`scheme: the model has no tensor "${entry.tensor}"`);
    const runs = runsOf(parameters[tensor]!, entry);
    const size = runs.reduce((sum, run) => sum + run.length, 0);
    const slice = { tensor, runs, size, deltaStart };
    deltaStart += size;
    return slice;
  });
}

/** Number of elements of a delta with these slices. */
export function deltaSize(slices: readonly Slice[]): number {
  return slices.reduce((sum, slice) => sum + slice.size, 0);
}

/** A view of the slice's part of a delta. */
export function sliceValues(slice: Slice, delta: Float32Array): Float32Array {
  return delta.subarray(slice.deltaStart, slice.deltaStart + slice.size);
}

function runsOf(parameter: ParameterSpec, entry: SchemeEntry): Run[] {
  const { inputs, outputs } = extentsOf(parameter);
  expectRange(entry, 'input', entry.input, inputs);
  expectRange(entry, 'output', entry.output, outputs);
  const length = entry.output[1] - entry.output[0];
  if (length === outputs && entry.input[1] - entry.input[0] === inputs)
    return [{ start: 0, length: parameter.size }];
  const runs: Run[] = [];
  for (let position = 0; position < parameter.size / (inputs * outputs); position++)
    for (let input = entry.input[0]; input < entry.input[1]; input++)
      runs.push({ start: (position * inputs + input) * outputs + entry.output[0], length });
  return runs;
}

function expectRange(
  entry: SchemeEntry,
  axis: string,
  [from, to]: readonly [number, number],
  extent: number,
): void {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from >= to || to > extent)
    throw new RangeError(
      `scheme: ${axis} range of "${entry.tensor}" must lie in [0, ${extent}), got [${from}, ${to})`,
    );
}
