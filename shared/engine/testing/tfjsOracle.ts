// TensorFlow.js on its CPU backend as an independent judge of losses, gradients and outputs.

import * as tf from '@tensorflow/tfjs';
import { parametersOf, type ModelSpec } from '../model.ts';
import { hashedDropout } from '../tfjs/hashedDropout.ts';
import { inputsTensor, meanLoss, predictions, truthTensor } from '../tfjs/tfjsLoss.ts';
import { forward, SEPARATE } from '../tfjs/tfjsModel.ts';
import type { Batch } from '../trainer.ts';

export interface Judgement {
  /** Mean over the batch. */
  readonly loss: number;
  /** Probabilities, or the outputs themselves where the loss is the squared error. */
  readonly outputs: Float32Array;
  /** Gradient of the mean loss by every parameter, in the model's order. */
  readonly gradients: Float32Array[];
}

/** What TensorFlow.js makes of a batch; with `stepSeed`, dropout is at work as in the step of that seed. */
export async function judge(
  model: ModelSpec,
  parameters: readonly Float32Array[],
  batch: Batch,
  stepSeed: number | null = null,
): Promise<Judgement> {
  await tf.setBackend('cpu');
  return tf.tidy(() => {
    const specs = parametersOf(model);
    const weights = specs.map((spec, index) => tf.tensor(parameters[index]!, [...spec.shape]));
    const inputs = inputsTensor(model, batch);
    const outputsFor = (values: tf.Tensor[]) =>
      forward(model, inputs, {
        parameter: (name) => values[specs.findIndex((spec) => spec.name === name)]!,
        kernels: SEPARATE,
        dropout: stepSeed === null ? undefined : hashedDropout(stepSeed),
      });
    const lossFor = (...values: tf.Tensor[]) =>
      meanLoss(model, outputsFor(values), truthTensor(model, batch));
    const { value, grads } = tf.valueAndGrads(lossFor)(weights);
    const outputs = predictions(model, outputsFor(weights));
    return {
      loss: value.dataSync()[0]!,
      outputs: Float32Array.from(outputs.dataSync()),
      gradients: grads.map((gradient) => Float32Array.from(gradient.dataSync())),
    };
  });
}
