// TensorFlow.js on its CPU backend as an independent judge of losses, gradients and probabilities.

import * as tf from '@tensorflow/tfjs';
import { parametersOf, type ModelSpec } from '../model.ts';
import type { Batch } from '../trainer.ts';

export interface Judgement {
  /** Mean over the batch. */
  readonly loss: number;
  readonly probabilities: Float32Array;
  /** Gradient of the mean loss by every parameter, in the model's order. */
  readonly gradients: Float32Array[];
}

/** What TensorFlow.js makes of a batch. */
export async function judge(
  model: ModelSpec,
  parameters: readonly Float32Array[],
  batch: Batch,
): Promise<Judgement> {
  await tf.setBackend('cpu');
  return tf.tidy(() => {
    const specs = parametersOf(model);
    const weights = specs.map((spec, index) => tf.tensor(parameters[index]!, [...spec.shape]));
    const inputs = tf.tensor(Float32Array.from(batch.inputs), [batch.count, ...model.input]);
    const labels = tf.oneHot(
      tf.tensor1d(Array.from(batch.labels.subarray(0, batch.count)), 'int32'),
      specs.at(-1)!.size,
    );
    const logitsOf = (values: tf.Tensor[]): tf.Tensor => {
      let x: tf.Tensor = inputs;
      const tensorOf = (name: string) => values[specs.findIndex((spec) => spec.name === name)]!;
      for (const layer of model.layers) {
        switch (layer.kind) {
          case 'dense':
            x = tf.add(
              tf.matMul(x as tf.Tensor2D, tensorOf(`${layer.name}.weight`) as tf.Tensor2D),
              tensorOf(`${layer.name}.bias`),
            );
            break;
          case 'conv2d':
            x = tf.add(
              tf.conv2d(
                x as tf.Tensor4D,
                tensorOf(`${layer.name}.weight`) as tf.Tensor4D,
                layer.stride,
                layer.padding,
              ),
              tensorOf(`${layer.name}.bias`),
            );
            break;
          case 'maxPool2d':
            x = tf.maxPool(x as tf.Tensor4D, layer.size, layer.stride, 'valid');
            break;
          case 'relu':
            x = tf.relu(x);
            break;
          case 'flatten':
            x = x.reshape([batch.count, -1]);
            break;
        }
      }
      return x;
    };
    const lossOf = (...values: tf.Tensor[]): tf.Scalar =>
      tf.losses.softmaxCrossEntropy(labels, logitsOf(values)) as tf.Scalar;
    const { value, grads } = tf.valueAndGrads(lossOf)(weights);
    return {
      loss: value.dataSync()[0]!,
      probabilities: Float32Array.from(tf.softmax(logitsOf(weights)).dataSync()),
      gradients: grads.map((gradient) => Float32Array.from(gradient.dataSync())),
    };
  });
}
