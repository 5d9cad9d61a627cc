// Chooses what devices train: the best-scored scheme whose plan fits the smallest budget. Plans everything once, then
// looks it up. Knows nothing of devices; the planner is handed in.

import { BudgetError } from '../../shared/engine/errors.ts';
import { numParameters, type ModelSpec } from '../../shared/engine/model.ts';
import { fullScheme, schemeSize, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { SelectScheme } from '../federation/selectScheme.ts';
import { wholeLayerSchemes } from './wholeLayerSchemes.ts';

/** The engine's `planTraining`: chooses among all forms and micro-batches, throws BudgetError when none fits the budget. */
export type PlanFor = (
  model: ModelSpec,
  scheme: UpdateScheme,
  options: { readonly batch: number; readonly budgetBytes: number },
) => { readonly deviceBytes: number };

/** How much is to be gained by training the scheme; higher is better. */
export type ScoreScheme = (model: ModelSpec, scheme: UpdateScheme) => number;

export interface SelectorOptions {
  /** Samples of one local step. */
  readonly batch: number;
  readonly planFor: PlanFor;
  /** Default: the share of the model's parameters that is trained. */
  readonly score?: ScoreScheme;
}

/**
 * `full` gives the full scheme; `weakest` the best-scored whole-layer scheme; the answer is the smallest workable
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

/** All whole-layer schemes, the best-scored first; equal scores: the one of fewer deviceBytes first. */
export function rankSchemes(model: ModelSpec, options: SelectorOptions): RankedScheme[] {
  return wholeLayerSchemes(model)
    .map((scheme) => rateScheme(model, scheme, options))
    .sort((a, b) => b.score - a.score || a.deviceBytes - b.deviceBytes);
}

function rateScheme(
  model: ModelSpec,
  scheme: UpdateScheme,
  { batch, planFor, score = shareOf }: SelectorOptions,
): RankedScheme {
  return {
    scheme,
    deviceBytes: leastDeviceBytes(model, scheme, batch, planFor),
    trainedShare: shareOf(model, scheme),
    score: score(model, scheme),
  };
}

/** Default score: trained elements / all elements. */
function shareOf(model: ModelSpec, scheme: UpdateScheme): number {
  return schemeSize(model, scheme) / numParameters(model);
}

/** The smallest budget that the planner can fit the scheme into: what it answers when asked for the impossible. */
function leastDeviceBytes(model: ModelSpec, scheme: UpdateScheme, batch: number, planFor: PlanFor): number {
  try {
    return planFor(model, scheme, { batch, budgetBytes: 0 }).deviceBytes;
  } catch (error) {
    if (error instanceof BudgetError) return error.smallestBudgetBytes;
    throw error;
  }
}
