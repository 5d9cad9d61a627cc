// Update schemes: which part of which parameter tensors a device trains, and therefore what travels back.

import { parametersOf, type ModelSpec, type ParameterSpec } from './model.ts';

/** Half-open range `[from, to)` of channel indices. */
export type Range = readonly [from: number, to: number];

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
  readonly entries: readonly SchemeEntry[];
}

/** Rows and columns of a parameter tensor as a scheme sees it. */
export function extentsOf(parameter: ParameterSpec): { readonly inputs: number; readonly outputs: number } {
  const outputs = parameter.shape.at(-1)!;
  return { outputs, inputs: parameter.role === 'bias' ? 1 : parameter.shape.at(-2)! };
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

/**
 * Index of the parameter that each entry trains. Throws RangeError naming the entry when a tensor is unknown, out of
 * the model's order or named twice, or when a range does not cover the whole tensor (ranges are not trained yet).
 */
export function schemeTensors(model: ModelSpec, scheme: UpdateScheme): number[] {
  const parameters = parametersOf(model);
  let previous = -1;
  return scheme.entries.map((entry) => {
    const index = parameters.findIndex((parameter) => parameter.name === entry.tensor);
    if (index < 0) throw new RangeError(`scheme: model "${model.id}" has no tensor "${entry.tensor}"`);
    if (index <= previous)
      throw new RangeError(
        `scheme: "${entry.tensor}" is out of order or named twice; entries follow the model's order`,
      );
    previous = index;
    const { inputs, outputs } = extentsOf(parameters[index]!);
    if (
      entry.output[0] !== 0 ||
      entry.output[1] !== outputs ||
      entry.input[0] !== 0 ||
      entry.input[1] !== inputs
    )
      throw new RangeError(
        `scheme: "${entry.tensor}" must be trained whole (output [0, ${outputs}), input [0, ${inputs})), got output [${entry.output.join(', ')}), input [${entry.input.join(', ')})`,
      );
    return index;
  });
}

/** Number of elements that travel with an update under the scheme. */
export function schemeSize(model: ModelSpec, scheme: UpdateScheme): number {
  const parameters = parametersOf(model);
  return schemeTensors(model, scheme).reduce((sum, index) => sum + parameters[index]!.size, 0);
}
