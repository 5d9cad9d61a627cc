// What crosses between a run and its search thread. Data only.

import type { ModelSpec } from '../../shared/engine/model.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { Shard, Staging } from '../../shared/localWork/shard.ts';
import type { SchemeChoice } from '../federation/selectScheme.ts';
import type { MeasuredContributions } from '../selection/measureContributions.ts';

/** What a run's searches have in common. */
export interface SearchSetup {
  readonly model: ModelSpec;
  readonly batch: number;
  readonly learningRate: number;
  /** Of the parameters that training starts from, of the measurement and of the search. */
  readonly seed: number;
  /** The public set: what contributions are measured on, and what judges them. */
  readonly train: Shard;
  readonly heldOut: Shard;
  readonly staging: Staging;
}

/** Given to a thread at its start. */
export interface SearchRequest {
  readonly setup: SearchSetup;
  /** As an earlier thread has measured them; null: to be measured. */
  readonly contributions: MeasuredContributions | null;
  readonly budgetBytes: number;
  /** What is found must train all of it. */
  readonly inner: UpdateScheme | null;
}

export type SearchMessage =
  | { readonly kind: 'progress'; readonly doing: 'measuring' | 'searching'; readonly share: number }
  | { readonly kind: 'measured'; readonly contributions: MeasuredContributions }
  | { readonly kind: 'found'; readonly choice: SchemeChoice | null };
