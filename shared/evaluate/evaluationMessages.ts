// What crosses between a run and its evaluation worker. Data only.

import type { ModelSpec, Parameters } from '../engine/model.ts';
import type { Examination } from '../contract/dashboard.ts';
import type { Metric } from '../tasks/metric.ts';
import type { Dataset } from '../tasks/task.ts';

/** Given to the worker at its start. */
export interface EvaluationSetup {
  readonly model: ModelSpec;
  readonly test: Dataset;
  readonly metric: Metric;
  /** Staging of uint8 inputs: value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** The recalls are wanted whatever the metric, where the task has classes. */
  readonly wantsRecalls?: boolean;
}

export interface EvaluationRequest {
  readonly version: number;
  readonly parameters: Parameters;
  /** The answer is to have an `examination`, where the outputs are classes. */
  readonly examines: boolean;
}

export interface EvaluationAnswer {
  readonly result: EvaluationResult;
  readonly examination: Examination | null;
}

export interface EvaluationResult {
  readonly version: number;
  /** By the task's metric. */
  readonly score: number;
  /** Share of the test set classified right, 0 ... 1; -1 where the outputs are no classes. */
  readonly accuracy: number;
  /** Mean loss of a sample. */
  readonly loss: number;
  /** With the metric `recall`, or where they are wanted: of each class, -1 for a class without samples. */
  readonly recalls?: readonly number[];
}
