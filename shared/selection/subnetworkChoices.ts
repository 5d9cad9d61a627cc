// The width slices of a network that devices may train, each as a whole. Knows nothing of budgets.

import { numParameters, type ModelSpec } from '../engine/model.ts';
import { fullScheme, type UpdateScheme } from '../engine/scheme.ts';
import { modelOfScheme } from '../engine/schemeModel.ts';
import type { SchemeChoice } from '../federation/selectScheme.ts';

const RATIOS = [1, 3 / 4, 1 / 2, 3 / 8, 1 / 4, 3 / 16, 1 / 8, 1 / 16];

/** The widest first; the whole network is without a width. `costOf`: deviceBytes of a plan of the slice's own model. */
export function subnetworkChoices(
  model: ModelSpec,
  costOf: (narrow: ModelSpec, scheme: UpdateScheme) => number,
): SchemeChoice[] {
  return RATIOS.map((ratio) => {
    const width = { ratio, offset: 0 };
    const narrow = ratio < 1 ? modelOfScheme(model, { width, entries: [] }) : model;
    const scheme = { ...(ratio < 1 && { width }), ...fullScheme(narrow) };
    const trainedShare = numParameters(narrow) / numParameters(model);
    return { scheme, deviceBytes: costOf(narrow, scheme), trainedShare };
  });
}
