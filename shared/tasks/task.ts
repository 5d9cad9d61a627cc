// A task: model, data, metric and target under one name.
// Knows nothing of devices, servers or files.

import type { LocalWork, TaskInfo } from '../contract/messages.ts';

export interface Dataset {
  readonly count: number;
  /** `[count, ...sampleShape]`, row-major; uint8 is staged by the task's scale and offset, float32 is taken as it is. */
  readonly inputs: Uint8Array | Float32Array;
  /** Class of each sample; empty where the task has targets and no classes. */
  readonly labels: Uint8Array;
  /** `[count, outputs]`, where the model's loss is not softmax cross-entropy. */
  readonly targets?: Float32Array;
  /** Natural client of each sample (writer, subject), or null. */
  readonly groups: Uint32Array | null;
  /** 1 where a sample shares raw data with the one before it, as overlapping windows of one recording do. */
  readonly overlaps?: Uint8Array;
}

export interface TaskDefinition extends TaskInfo {
  /** Held-out score below which (above which, for `mse`) a run has not learnt the task: tests hold it to this. */
  readonly floor: number;
  /** Held-out score that a run aims for. */
  readonly target: number;
  readonly localWork: LocalWork;
  /** How its demo shards are made unless somebody asks for another way. */
  readonly dealing: DealingPlan;
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

/** How demo shards are made. */
export interface DealingPlan {
  readonly dealing: Dealing;
  readonly numShards: number;
  /** At most; 0: every sample is dealt. */
  readonly samplesPerShard: number;
}
