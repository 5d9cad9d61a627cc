// The schemes among which the selection chooses: layers whole, and at most one of them at a channel ratio. Pure.

import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { ratioScheme, type UpdateScheme } from '../../shared/engine/scheme.ts';

/** Subsets of more layers than this would take too long to plan. */
const MAX_ENUMERATED_LAYERS = 5;
/** Shares of a layer's output channels (TTE, arXiv 2206.15472, trains these). */
const PARTIAL_RATIOS = [1 / 2, 1 / 4, 1 / 8];

type Ratios = Readonly<Record<string, number>>;

/**
 * Each subset of the layers that have parameters, whole, and each with one further layer at a ratio; of a model with
 * more than five such layers, only its last layers, of which the first may be at a ratio.
 */
export function candidateSchemes(model: ModelSpec): UpdateScheme[] {
  const layers = [...new Set(parametersOf(model).map((parameter) => parameter.layer))];
  const whole = layers.length <= MAX_ENUMERATED_LAYERS ? subsets(layers) : suffixes(layers);
  const ratios = whole.flatMap((names): Ratios[] => {
    const base: Ratios = Object.fromEntries(names.map((name) => [name, 1]));
    const next = layers.length <= MAX_ENUMERATED_LAYERS ? layers : layers.slice(0, -names.length).slice(-1);
    const others = next.filter((name) => !names.includes(name));
    return [base, ...others.flatMap((name) => PARTIAL_RATIOS.map((ratio) => ({ ...base, [name]: ratio })))];
  });
  return ratios.filter((each) => Object.keys(each).length > 0).map((each) => ratioScheme(model, each));
}

/** The empty one included. */
function subsets(layers: readonly string[]): string[][] {
  return Array.from({ length: 2 ** layers.length }, (_, index) =>
    layers.filter((_layer, bit) => (index & (1 << bit)) !== 0),
  );
}

/** The last layer, the last two, ... all. */
function suffixes(layers: readonly string[]): string[][] {
  return layers.map((_, index) => layers.slice(-index - 1));
}
