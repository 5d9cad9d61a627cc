// Accuracy and loss of one set of parameters on a test set. Knows nothing of threads or versions.

import type { Parameters } from '../../shared/engine/model.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { EvaluationResult, EvaluationSetup } from './evaluationMessages.ts';

/** The trainer's parameters are replaced; `test` must hold at least one sample. */
export async function evaluateModel(
  trainer: Trainer,
  { model, test, scale, offset }: EvaluationSetup,
  parameters: Parameters,
): Promise<Omit<EvaluationResult, 'version'>> {
  const { batch } = trainer.plan;
  const sampleSize = test.inputs.length / test.count;
  trainer.load(
    parametersOf(model).map((_, index) => index),
    parameters,
  );
  for (let from = 0; from < test.count; from += batch) {
    const to = Math.min(from + batch, test.count);
    trainer.evaluate({
      inputs: test.inputs.subarray(from * sampleSize, to * sampleSize),
      labels: test.labels.subarray(from, to),
      count: to - from,
      scale,
      offset,
    });
  }
  const { samples, lossSum, correct } = await trainer.takeMetrics();
  return { accuracy: correct / samples, loss: lossSum / samples };
}
