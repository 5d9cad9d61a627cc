// Score and loss of one set of parameters on a test set. Knows nothing of threads or versions.

import { outputsOf } from '../../shared/engine/batching.ts';
import type { Parameters } from '../../shared/engine/model.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { EvaluationResult, EvaluationSetup } from './evaluationMessages.ts';
import { aucOf, meanRecall, meanSquaredErrorOf, recallsOf } from './scores.ts';

type Measures = Omit<EvaluationResult, 'version'>;

/** The trainer's parameters are replaced; `test` must hold at least one sample. */
export async function evaluateModel(
  trainer: Trainer,
  setup: EvaluationSetup,
  parameters: Parameters,
): Promise<Measures> {
  const { model, test, metric, scale, offset } = setup;
  const { batch } = trainer.plan;
  const sampleSize = test.inputs.length / test.count;
  const outputs = outputsOf(trainer.plan);
  const hasPredictions = metric !== 'accuracy';
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
  const measures = { accuracy, loss: lossSum / samples };
  const predictions = { count: test.count, outputs, values };
  switch (metric) {
    case 'accuracy':
      return { ...measures, score: accuracy };
    case 'recall': {
      const recalls = recallsOf(predictions, test);
      return { ...measures, score: meanRecall(recalls), recalls };
    }
    case 'auc':
      return { ...measures, score: aucOf(predictions, test) };
    case 'mse':
      return { ...measures, score: meanSquaredErrorOf(predictions, test.targets!) };
    default:
      return metric satisfies never;
  }
}
