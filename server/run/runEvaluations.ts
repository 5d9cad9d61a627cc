// What a run's versions are worth: evaluated now and then, kept in the journal, and then told.

import type { Parameters } from '../../shared/engine/model.ts';
import type { Examination } from '../../shared/contract/dashboard.ts';
import type { Dataset, TaskDefinition } from '../../shared/tasks/task.ts';
import { createEvaluator, type Evaluator, type EvaluatorOptions } from '../evaluate/evaluator.ts';
import type { DurableCoordinator } from '../store/durableCoordinator.ts';
import type { Evaluation } from '../store/keptLines.ts';

export interface RunEvaluations {
  /** Of the newest version that was examined; null before. */
  readonly examination: Examination | null;
  /** Evaluations examine what the model mixes up, or no more. */
  readonly setExamining: (isWanted: boolean) => void;
  /** Tells the newest version. */
  readonly offer: (version: number, parameters: Parameters) => void;
  /** Resolves when the newest version is evaluated and that is kept. */
  readonly finish: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RunEvaluationsOptions {
  readonly durable: Pick<DurableCoordinator, 'noteEvaluation'>;
  readonly task: TaskDefinition;
  /** The held-out samples. */
  readonly test: Dataset;
  readonly everyMs: number;
  /** Default: one in a thread of its own. */
  readonly openEvaluator?: ((options: EvaluatorOptions) => Evaluator) | undefined;
  /** Told what is durable. */
  readonly onEvaluation: (evaluation: Evaluation) => void;
  readonly onFailure: (error: Error) => void;
}

export function createRunEvaluations(options: RunEvaluationsOptions): RunEvaluations {
  const { durable, test, everyMs, openEvaluator = createEvaluator, onEvaluation, onFailure } = options;
  const { model, metric, scale, offset } = options.task;
  let examination: Examination | null = null;
  let noting: Promise<unknown> = Promise.resolve();
  const evaluator = openEvaluator({
    setup: { model, test, metric, scale, offset },
    everyMs,
    onResult: (result) => void (noting = durable.noteEvaluation(result).then(onEvaluation).catch(onFailure)),
    onExamination: (newest) => (examination = newest),
    onFailure,
  });
  return {
    get examination() {
      return examination;
    },
    setExamining: (isWanted) => evaluator.setExamining(isWanted),
    offer: (version, parameters) => evaluator.offer(version, parameters),
    async finish() {
      await evaluator.finish();
      await noting;
    },
    async close() {
      await evaluator.close();
      await noting;
    },
  };
}
