// What the lines of a run's lists say.

import type { StepRecord } from '../../shared/federation/events.ts';
import type { EvaluationResult } from '../../shared/evaluate/evaluationMessages.ts';

/** A line of `metrics.jsonl`: the server step, and the newest held-out score and accuracy by then (-1: none yet). */
export interface StepLine extends StepRecord {
  readonly score: number;
  readonly accuracy: number;
}

/** A line of `evaluations.jsonl`. */
export interface Evaluation extends EvaluationResult {
  /** Milliseconds since the run began. */
  readonly atMs: number;
}

/** What the status and `metrics.jsonl` say of the newest evaluation; -1 before the first. */
export function figuresOf(newest: Evaluation | undefined): Pick<Evaluation, 'score' | 'accuracy'> {
  return { score: newest?.score ?? -1, accuracy: newest?.accuracy ?? -1 };
}
