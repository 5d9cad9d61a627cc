// A task: model, data and metric under one name. Data comes as uint8 samples with class labels.
// Knows nothing of devices, servers or files.

import type { ModelSpec } from '../engine/model.ts';
import type { LocalWork } from '../protocol/messages.ts';

/** `inputs`: `[count, ...sampleShape]` uint8, row-major; `labels`: `[count]`; `groups`: natural client of each sample (writer, subject) or null. */
export interface Dataset {
  readonly count: number;
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
  readonly groups: Uint16Array | null;
}

export interface TaskDefinition {
  readonly id: string;
  readonly title: string;
  readonly model: ModelSpec;
  readonly classes: readonly string[];
  /** Staging of uint8 inputs: value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** Held-out accuracy that a run aims for. */
  readonly target: number;
  readonly localWork: LocalWork;
}

/** Training data to deal from, and a test set that no device ever sees. */
export interface TaskData {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** How shards are dealt: at random, by label skew, or by the data's own clients. */
export type Dealing =
  | { readonly kind: 'iid' }
  | { readonly kind: 'dirichlet'; readonly alpha: number }
  | { readonly kind: 'natural' };
