// Score and loss of one set of parameters on a test set, and what it mixes up where that is asked for. Knows nothing of threads or versions.

import { outputsOf } from '../engine/batching.ts';
import type { Parameters } from '../engine/model.ts';
import { parametersOf } from '../engine/model.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { EvaluationResult, EvaluationSetup } from './evaluationMessages.ts';
import { examine } from './examine.ts';
import { aucOf, meanRecall, meanSquaredErrorOf, recallsOf, type Predictions } from './scores.ts';

type Measures = Omit<EvaluationResult, 'version'>;

export interface EvaluatedModel {
  readonly measures: Measures;
  /** Null where it was not asked for or the outputs are no classes. */
  readonly examination: ReturnType<typeof examine> | null;
}

/** The trainer's parameters are replaced; `test` must hold at least one sample. */
export async function evaluateModel(
  trainer: Trainer,
  setup: EvaluationSetup,
  parameters: Parameters,
): Promise<Measures> {
  return (await examineModel(trainer, setup, parameters, false)).measures;
}

/** As `evaluateModel`, and what the model mixes up if `examines`. */
export async function examineModel(
  trainer: Trainer,
  setup: EvaluationSetup,
  parameters: Parameters,
  examines: boolean,
): Promise<EvaluatedModel> {
  const { model, test, metric, scale, offset } = setup;
  const isExamined = examines && test.targets === undefined;
  const { batch } = trainer.plan;
  const sampleSize = test.inputs.length / test.count;
  const outputs = outputsOf(trainer.plan);
  const hasRecalls = metric === 'recall' || (setup.wantsRecalls === true && metric !== 'mse');
  const hasPredictions = isExamined || hasRecalls || metric !== 'accuracy';
  const values = new Float32Array(hasPredictions ? test.count * outputs : 0);
  trainer.load(
    parametersOf(model).map((_, index) => index),
    parameters,
  );
  for (let from = 0; from < test.count; from += batch) {
    const to = Math.min(from + batch, test.count);
    const samples = {
      inputs: test.inputs.subarray(from * sampleSize, to * sampleSize),
      labels: test.labels.subarray(from, to),
      ...(test.targets ? { targets: test.targets.subarray(from * outputs, to * outputs) } : {}),
      count: to - from,
      scale,
      offset,
    };
    trainer.evaluate(samples);
    if (hasPredictions) values.set(await trainer.predict(samples), from * outputs);
  }
  const { samples, lossSum, correct } = await trainer.takeMetrics();
  const accuracy = model.loss === 'meanSquaredError' ? -1 : correct / samples;
  const predictions = { count: test.count, outputs, values };
  const recalls = hasRecalls ? recallsOf(predictions, test) : [];
  return {
    measures: {
      accuracy,
      loss: lossSum / samples,
      score: scoreOf(setup, accuracy, recalls, predictions),
      ...(hasRecalls && { recalls }),
    },
    examination: isExamined ? examine(predictions, test.labels) : null,
  };
}

function scoreOf(
  { metric, test }: EvaluationSetup,
  accuracy: number,
  recalls: readonly number[],
  predictions: Predictions,
): number {
  switch (metric) {
    case 'accuracy':
      return accuracy;
    case 'recall':
      return meanRecall(recalls);
    case 'auc':
      return aucOf(predictions, test);
    case 'mse':
      return meanSquaredErrorOf(predictions, test.targets!);
    default:
      return metric satisfies never;
  }
}
