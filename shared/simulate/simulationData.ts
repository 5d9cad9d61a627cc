import type { Dataset, TaskDefinition } from '../tasks/task.ts';

/** What devices train on, what versions are measured on meanwhile, and what the last one is measured on. */
export interface SimulationData {
  readonly task: TaskDefinition;
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
  /** Sample numbers of each device. */
  readonly shards: readonly Uint32Array[];
}
