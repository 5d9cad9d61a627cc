// Samples as they lie in the files of a task of one's own, in whatever format they came. Types only.

import type { SampleRows } from './sampleRows.ts';

/** What of a sample. */
export type Aspect = 'inputs' | 'labels' | 'targets' | 'clients';

export interface RawPart {
  readonly inputs: SampleRows;
  /** `[count]`, or null. */
  readonly labels: Uint8Array | null;
  /** `[count, outputs]`; `inputs`: the inputs themselves; or null. */
  readonly targets: SampleRows | 'inputs' | null;
  /** Names of the natural clients, each once, and whose each sample is; or null. */
  readonly clients: { readonly names: readonly string[]; readonly of: Uint32Array } | null;
  /** Names of the columns that `inputs` came from; null where the file has none. */
  readonly columns: readonly string[] | null;
  /** Names of the files, for messages about all of it. */
  readonly file: string;
  /** Where a person finds it: `people.csv line 17`, `labels.npy index 5`. */
  placeOf(aspect: Aspect, sample: number): string;
  /** What was found out about the files and taken for granted, a line each, for whoever starts. */
  readonly notes: readonly string[];
}
