// What is searched for when a better scheme is wanted: data only.

import type { UpdateScheme } from '../engine/scheme.ts';
import type { ProbeReport } from './probePlanner.ts';

export interface SchemeSearch {
  readonly budgetBytes: number;
  /** What is found must train all that this one does; null: whatever fits. */
  readonly inner: UpdateScheme | null;
  /** What devices have told of what each part of the model gains; null: the public set tells. */
  readonly reports: readonly ProbeReport[] | null;
}
