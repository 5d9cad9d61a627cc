// Update schemes: which part of which parameter tensors a device trains, and therefore what travels back.

import { parametersOf, type ModelSpec, type ParameterSpec } from './model.ts';
import { lengthOf, type Range } from './range.ts';
import type { Width } from './width.ts';
import type { Matrix } from './tensors.ts';

/**
 * One trained slice: rows `input` and columns `output` of a tensor seen as `[inputs, outputs]`
 * (a conv weight is `[kernelHeight * kernelWidth, inputChannels, filters]`; a bias has the input range `[0, 1)`).
 */
export interface SchemeEntry {
  /** Name of the parameter tensor. */
  readonly tensor: string;
  readonly output: Range;
  readonly input: Range;
}

/** Entries in the order of the model's parameters. An empty scheme trains nothing (evaluation only). */
export interface UpdateScheme {
  /** Of a width slice alone: entries then speak of its own tensors, and its model is what is planned. Default: the whole model. */
  readonly width?: Width;
  readonly entries: readonly SchemeEntry[];
}

/** Rows and columns of a parameter tensor as a scheme sees it, and how many such matrices it is (kernel pixels). */
export function extentsOf(parameter: ParameterSpec): Matrix {
  const outputs = parameter.shape.at(-1)!;
  const inputs = parameter.shape.at(-2) ?? 1;
  return { positions: parameter.size / (inputs * outputs), inputs, outputs };
}

/** The scheme that trains all tensors of the named layers. Throws RangeError for a layer without parameters. */
export function layerScheme(model: ModelSpec, layers: readonly string[]): UpdateScheme {
  const parameters = parametersOf(model);
  for (const layer of layers)
    if (!parameters.some((parameter) => parameter.layer === layer))
      throw new RangeError(`model "${model.id}" has no layer with parameters named "${layer}"`);
  return {
    entries: parameters.filter((parameter) => layers.includes(parameter.layer)).map(wholeTensor),
  };
}

/** The scheme that trains everything. */
export function fullScheme(model: ModelSpec): UpdateScheme {
  return { entries: parametersOf(model).map(wholeTensor) };
}

/** Trains nothing: for evaluation and prediction. */
export const EMPTY_SCHEME: UpdateScheme = { entries: [] };

function wholeTensor(parameter: ParameterSpec): SchemeEntry {
  const { inputs, outputs } = extentsOf(parameter);
  return { tensor: parameter.name, output: [0, outputs], input: [0, inputs] };
}

/** One scheme entry with what it refers to. */
export interface TrainedSlice {
  /** Index of the parameter tensor. */
  readonly parameter: number;
  readonly positions: number;
  readonly inputs: Range;
  readonly outputs: Range;
  /** Number of elements. */
  readonly size: number;
}

/**
 * What each entry trains. Throws RangeError naming the entry when a tensor is unknown, out of the model's order or named
 * twice, or when a range is empty or leaves the tensor.
 */
export function trainedSlices(model: ModelSpec, scheme: UpdateScheme): TrainedSlice[] {
  return slicesAmong(parametersOf(model), scheme);
}

/** As `trainedSlices`, for whoever has the parameters at hand. */
export function slicesAmong(parameters: readonly ParameterSpec[], scheme: UpdateScheme): TrainedSlice[] {
  let previous = -1;
  return scheme.entries.map((entry) => {
    const parameter = parameters.findIndex((candidate) => candidate.name === entry.tensor);
    if (parameter < 0) throw new RangeError(`scheme: the model has no tensor "${entry.tensor}"`);
    if (parameter <= previous)
      throw new RangeError(
        `scheme: "${entry.tensor}" is out of order or named twice; entries follow the model's order`,
      );
    previous = parameter;
    const { positions, inputs, outputs } = extentsOf(parameters[parameter]!);
    expectRange(entry, 'output', entry.output, outputs);
    expectRange(entry, 'input', entry.input, inputs);
    const size = positions * lengthOf(entry.input) * lengthOf(entry.output);
    return { parameter, positions, inputs: entry.input, outputs: entry.output, size };
  });
}

function expectRange(entry: SchemeEntry, what: string, [from, to]: Range, extent: number): void {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from >= to || to > extent)
    throw new RangeError(
      `scheme: "${entry.tensor}" ${what} range must lie in [0, ${extent}) and not be empty, got [${from}, ${to})`,
    );
}

export function isSameScheme(a: UpdateScheme | null, b: UpdateScheme | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Whether the outer scheme trains all that the inner one does. */
export function containsScheme(outer: UpdateScheme, inner: UpdateScheme): boolean {
  return inner.entries.every(({ tensor, output, input }) =>
    outer.entries.some(
      (entry) =>
        entry.tensor === tensor && isRangeWithin(output, entry.output) && isRangeWithin(input, entry.input),
    ),
  );
}

export function isRangeWithin([from, to]: Range, [outerFrom, outerTo]: Range): boolean {
  return outerFrom <= from && to <= outerTo;
}

/** Neighbouring elements `[start, start + length)` of a parameter tensor. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** The stretches of a slice within its tensor `[positions, inputs, outputs]`, in the order in which it travels. */
export function stretchesOf(parameter: ParameterSpec, slice: TrainedSlice): Stretch[] {
  const { inputs, outputs } = extentsOf(parameter);
  const length = lengthOf(slice.outputs);
  if (slice.size === parameter.size) return [{ start: 0, length: parameter.size }];
  const stretches: Stretch[] = [];
  for (let position = 0; position < slice.positions; position++)
    for (let input = slice.inputs[0]; input < slice.inputs[1]; input++)
      stretches.push({ start: (position * inputs + input) * outputs + slice.outputs[0], length });
  return stretches;
}

/** Number of elements that travel with an update under the scheme. */
export function schemeSize(model: ModelSpec, scheme: UpdateScheme): number {
  return trainedSlices(model, scheme).reduce((sum, slice) => sum + slice.size, 0);
}

/**
 * The scheme that trains the named layers at a channel ratio each: all rows, and of the output channels the first
 * `ceil(ratio * outputs)` (biases, scales and shifts of the same channels).
 */
export function ratioScheme(model: ModelSpec, ratios: Readonly<Record<string, number>>): UpdateScheme {
  return {
    entries: parametersOf(model)
      .filter(({ layer }) => (ratios[layer] ?? 0) > 0)
      .map((parameter): SchemeEntry => {
        const { inputs, outputs } = extentsOf(parameter);
        return {
          tensor: parameter.name,
          output: [0, Math.ceil(outputs * ratios[parameter.layer]!)],
          input: [0, inputs],
        };
      }),
  };
}
