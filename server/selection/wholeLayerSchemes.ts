// The schemes that train some layers whole: weight and bias together. Pure.

import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { layerScheme, type UpdateScheme } from '../../shared/engine/scheme.ts';

/** All subsets of more layers than this (2^n of them) would take too long to plan. */
const MAX_ENUMERATED_LAYERS = 8;

/**
 * One scheme for each non-empty subset of the layers that have parameters; of a model with more than eight such layers,
 * one for each run of neighbouring layers.
 */
export function wholeLayerSchemes(model: ModelSpec): UpdateScheme[] {
  const layers = [...new Set(parametersOf(model).map((parameter) => parameter.layer))];
  const chosen = layers.length <= MAX_ENUMERATED_LAYERS ? subsets(layers) : runs(layers);
  return chosen.map((names) => layerScheme(model, names));
}

function subsets(layers: readonly string[]): string[][] {
  return Array.from({ length: 2 ** layers.length - 1 }, (_, index) =>
    layers.filter((_layer, bit) => ((index + 1) & (1 << bit)) !== 0),
  );
}

function runs(layers: readonly string[]): string[][] {
  return layers.flatMap((_, from) =>
    layers.slice(from).map((_end, more) => layers.slice(from, from + more + 1)),
  );
}
