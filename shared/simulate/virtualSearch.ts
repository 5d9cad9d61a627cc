// The search for a better scheme in virtual time. Knows nothing of how it is sought.

import type { SchemeChoice } from '../federation/selectScheme.ts';
import type { SchemeSearch } from '../federation/schemeSearch.ts';

export interface VirtualSearch {
  /** When the search under way is over; Infinity: there is none. */
  readonly nextAtMs: number;
  /** One at a time. */
  begin(search: SchemeSearch, atMs: number): void;
  /** What the search under way finds. */
  finish(): Promise<Finding>;
  close(): Promise<void>;
}

export interface Finding {
  readonly budgetBytes: number;
  readonly choice: SchemeChoice | null;
}
