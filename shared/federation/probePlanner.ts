// What the coordinator asks of the selection about probes: which tensor groups a model has, and how a device of some budget
// probes one. Data and one type; how contributions follow from what devices tell is shared/selection's.

import type { UpdateScheme } from '../engine/scheme.ts';

/** What one probe trains: a unit's weight, at most at some ratio, or its small tensors. */
export interface ProbeGroup {
  readonly unit: number;
  readonly part: 'weight' | 'small';
}

export interface Probe {
  readonly group: ProbeGroup;
  /** Index into the selection's `RATIOS` of what of a weight is trained. */
  readonly ratio: number;
  readonly scheme: UpdateScheme;
}

/** What a device has told of one group. */
export interface ProbeReport {
  readonly group: ProbeGroup;
  readonly ratio: number;
  /** Rate x inner product of gradients from disjoint batches, mean over all pairs of its batches. */
  readonly product: number;
  /** Samples that it has. */
  readonly samples: number;
}

/** Must be pure and cheap, as `SelectScheme`: it is asked at assignments, and asked again when a journal is replayed. */
export interface ProbePlanner {
  /** All groups of the model. */
  readonly groups: readonly ProbeGroup[];
  /** The probe of a group, by its index, at the largest ratio that a device of this budget can train; null if none. */
  probeFor(group: number, budgetBytes: number): Probe | null;
}
