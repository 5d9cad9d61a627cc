// What the coordinator asks of the selection: which part of the model is trained under which budgets.
// Data and one function type; how schemes are found is shared/selection's.

import type { Precision } from '../engine/tensors.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { SubsetPolicy } from '../settings/values.ts';

export interface SchemeChoice {
  readonly scheme: UpdateScheme;
  /** Planned deviceBytes in the most frugal form of this scheme: the least that a device holds for it. */
  readonly deviceBytes: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
  /** `rotating` alone: what is trained in turn, of which this is the first. All fit. */
  readonly turns?: readonly Turn[];
}

/** One of the schemes that a device trains in turn. */
export interface Turn extends Pick<SchemeChoice, 'scheme' | 'trainedShare'> {
  /** The parts of the model that it trains, by numbers that are the same for all budgets. */
  readonly parts: readonly number[];
}

/** No scheme fits the smallest of the budgets asked about. */
export interface NoScheme {
  /** The smallest budget that would do. */
  readonly smallestBudgetBytes: number;
}

/**
 * The scheme for devices of these budgets (bytes, at least one); it fits the smallest of them. `inner`: it trains all
 * that this one does. Must be a pure function of its arguments and cheap: it is asked at every join, and asked again
 * when a journal is replayed.
 */
export type SelectScheme = (
  subset: Pick<SubsetPolicy, 'kind'>,
  budgetsBytes: readonly number[],
  inner?: UpdateScheme,
) => SchemeChoice | NoScheme;

/**
 * The precision in which a device of this budget holds each parameter tensor while it trains the scheme, in the model's
 * order: more than that need not travel. Pure and cheap, as `SelectScheme`.
 */
export type PrecisionsOf = (scheme: UpdateScheme, budgetBytes: number) => readonly Precision[];
