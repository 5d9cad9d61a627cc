// Chooses what devices train: the best-scored scheme whose plan fits the smallest budget. Plans everything once, then
// looks it up. Knows nothing of devices; the planner is handed in.

import { numParameters, type ModelSpec } from '../../shared/engine/model.ts';
import { fullScheme, schemeSize, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { SelectScheme } from '../federation/selectScheme.ts';
import { candidateSchemes } from './candidateSchemes.ts';

/** The engine's `leastDeviceBytes`: what the most frugal plan of the scheme needs. */
export type CostOfScheme = (model: ModelSpec, scheme: UpdateScheme, batch: number) => number;

/** How much is to be gained by training the scheme; higher is better. */
export type ScoreScheme = (model: ModelSpec, scheme: UpdateScheme) => number;

export interface SelectorOptions {
  /** Samples of one local step. */
  readonly batch: number;
  readonly costOf: CostOfScheme;
  /** Default: the share of the model's parameters that is trained. */
  readonly score?: ScoreScheme;
}

/**
 * `full` gives the full scheme; `weakest` the best-scored candidate scheme; the answer is the smallest workable
 * budget where that does not fit the smallest of the budgets in any form. Equal scores: the one of fewer deviceBytes.
 * Throws RangeError for a model that cannot work, and when asked about no budget.
 */
export function createSelector(model: ModelSpec, options: SelectorOptions): SelectScheme {
  const whole = [rateScheme(model, fullScheme(model), options)];
  const ranked = rankSchemes(model, options);

  return (subset, budgetsBytes) => {
    if (budgetsBytes.length === 0)
      throw new RangeError('budgetsBytes must hold at least one budget, got none');
    const smallest = Math.min(...budgetsBytes);
    const rows = subset.kind === 'full' ? whole : ranked;
    const best = rows.find((row) => row.deviceBytes <= smallest);
    if (!best) return { smallestBudgetBytes: Math.min(...rows.map((row) => row.deviceBytes)) };
    const { scheme, deviceBytes, trainedShare } = best;
    return { scheme, deviceBytes, trainedShare };
  };
}

/** A scheme with what it costs and gains. */
export interface RankedScheme {
  readonly scheme: UpdateScheme;
  /** Planned deviceBytes in the most frugal form: the least that a device holds for it. */
  readonly deviceBytes: number;
  readonly trainedShare: number;
  readonly score: number;
}

/** All candidate schemes, the best-scored first; equal scores: the one of fewer deviceBytes first. */
export function rankSchemes(model: ModelSpec, options: SelectorOptions): RankedScheme[] {
  return candidateSchemes(model)
    .map((scheme) => rateScheme(model, scheme, options))
    .sort((a, b) => b.score - a.score || a.deviceBytes - b.deviceBytes);
}

function rateScheme(
  model: ModelSpec,
  scheme: UpdateScheme,
  { batch, costOf, score = shareOf }: SelectorOptions,
): RankedScheme {
  return {
    scheme,
    deviceBytes: costOf(model, scheme, batch),
    trainedShare: shareOf(model, scheme),
    score: score(model, scheme),
  };
}

/** Default score: trained elements / all elements. */
function shareOf(model: ModelSpec, scheme: UpdateScheme): number {
  return schemeSize(model, scheme) / numParameters(model);
}
