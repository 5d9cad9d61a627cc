// What crosses between a run and its evaluation worker. Data only.

import type { ModelSpec, Parameters } from '../../shared/engine/model.ts';
import type { Dataset } from '../../shared/tasks/task.ts';

/** Given to the worker at its start. */
export interface EvaluationSetup {
  readonly model: ModelSpec;
  readonly test: Dataset;
  /** Staging of uint8 inputs: value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
}

export interface EvaluationRequest {
  readonly version: number;
  readonly parameters: Parameters;
}

export interface EvaluationResult {
  readonly version: number;
  /** Share of the test set classified right, 0 ... 1. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
}
