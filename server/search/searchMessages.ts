// What crosses between a run and its search thread. Data only.

import type { UpdateEncoding } from '../../shared/contract/messages.ts';
import type { ModelSpec, Parameters } from '../../shared/engine/model.ts';
import type { Staging } from '../../shared/localWork/shard.ts';
import type { SchemeChoice } from '../../shared/federation/selectScheme.ts';
import type { SchemeSearch } from '../../shared/federation/schemeSearch.ts';
import type { MeasuredContributions } from '../../shared/selection/measureContributions.ts';
import type { PublicSet } from '../../shared/selection/publicSet.ts';

/** What a run's searches have in common. */
export interface SearchSetup {
  readonly model: ModelSpec;
  readonly batch: number;
  /** How updates go up. */
  readonly up: UpdateEncoding;
  readonly learningRate: number;
  /** Of the parameters that training starts from, of the measurement and of the search. */
  readonly seed: number;
  /** Parameters that training starts from; absent: drawn. */
  readonly start?: Parameters | undefined;
  readonly staging: Staging;
  /** What contributions are measured on, and what judges them; null: devices tell of them. */
  readonly publicSet: PublicSet | null;
}

/** Given to a thread at its start. */
export interface SearchRequest {
  readonly setup: SearchSetup;
  /** As an earlier thread has measured them; null: to be measured. */
  readonly contributions: MeasuredContributions | null;
  readonly search: SchemeSearch;
  /** As `nice` has it, on Linux: 19 gives way to everything, 0 to nothing. */
  readonly niceness: number;
}

/** How far a search has come, `share` of what it is doing. */
export interface SearchProgress {
  readonly doing: 'measuring' | 'searching';
  readonly share: number;
}

export type SearchMessage =
  | ({ readonly kind: 'progress' } & SearchProgress)
  | { readonly kind: 'measured'; readonly contributions: MeasuredContributions }
  | { readonly kind: 'found'; readonly choice: SchemeChoice | null };
