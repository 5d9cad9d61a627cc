import type { Parameters } from '../engine/model.ts';
import type { Dataset, TaskDefinition } from '../tasks/task.ts';

/** What devices train on, what versions are measured on meanwhile, and what the last one is measured on. */
export interface SimulationData {
  readonly task: TaskDefinition;
  /** Parameters that training starts from; absent: drawn by the seed. */
  readonly start?: Parameters | undefined;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Sample numbers of each device. */
  readonly shards: readonly Uint32Array[];
}
