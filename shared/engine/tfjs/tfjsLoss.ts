// Losses of our models as TensorFlow.js ops, and what they are measured against.
// Knows no backend of TensorFlow.js: whoever calls has chosen one.

import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../shapes.ts';
import { numOutputs, type ModelSpec } from '../model.ts';
import type { Batch } from '../trainer.ts';

/** Inputs `[count, ...model.input]` of samples `from ... from + count`, scaled as the batch says. */
export function inputsTensor(model: ModelSpec, batch: Batch, from = 0, count = batch.count): tf.Tensor {
  const { scale = 1, offset = 0 } = batch;
  const size = sizeOf(model.input);
  const values = batch.inputs.subarray(from * size, (from + count) * size);
  // TensorFlow.js keeps the array that it is given.
  const floats =
    values instanceof Float32Array
      ? values.slice()
      : Float32Array.from(values, (value) => value * scale + offset);
  return tf.tensor(floats, [count, ...model.input]);
}

/** What the outputs ought to be, `[count, outputs]`: labels as one-hot rows, or the batch's targets. */
export function truthTensor(model: ModelSpec, batch: Batch, from = 0, count = batch.count): tf.Tensor2D {
  const outputs = numOutputs(model);
  if (model.loss === 'softmaxCrossEntropy') {
    const labels = tf.tensor1d(Int32Array.from(batch.labels.subarray(from, from + count)), 'int32');
    return tf.cast(tf.oneHot(labels, outputs), 'float32') as tf.Tensor2D;
  }
  return tf.tensor2d(batch.targets!.slice(from * outputs, (from + count) * outputs), [count, outputs]);
}

/** Mean over samples and outputs, as each `LossKind` says. */
export function meanLoss(model: ModelSpec, outputs: tf.Tensor, truth: tf.Tensor): tf.Scalar {
  switch (model.loss) {
    case 'softmaxCrossEntropy':
      return tf.losses.softmaxCrossEntropy(truth, outputs);
    case 'binaryCrossEntropy':
      return tf.losses.sigmoidCrossEntropy(truth, outputs);
    case 'meanSquaredError':
      return tf.losses.meanSquaredError(truth, outputs);
    default:
      throw new Error(`internal: loss ${String(model.loss satisfies never)}`);
  }
}

/** Samples whose outputs fall where they ought to. */
export function numHits(model: ModelSpec, outputs: tf.Tensor, truth: tf.Tensor): tf.Scalar {
  switch (model.loss) {
    case 'softmaxCrossEntropy':
      return tf.sum(tf.cast(tf.equal(tf.argMax(outputs, 1), tf.argMax(truth, 1)), 'float32'));
    case 'binaryCrossEntropy': {
      const agrees = tf.equal(tf.greater(outputs, 0), tf.greater(truth, 0.5));
      return tf.sum(tf.min(tf.cast(agrees, 'float32'), 1));
    }
    case 'meanSquaredError':
      return tf.scalar(0);
    default:
      throw new Error(`internal: loss ${String(model.loss satisfies never)}`);
  }
}

/** Probabilities, or the outputs themselves where the loss is the squared error. */
export function predictions(model: ModelSpec, outputs: tf.Tensor): tf.Tensor {
  switch (model.loss) {
    case 'softmaxCrossEntropy':
      return tf.softmax(outputs);
    case 'binaryCrossEntropy':
      return tf.sigmoid(outputs);
    case 'meanSquaredError':
      return outputs;
    default:
      throw new Error(`internal: loss ${String(model.loss satisfies never)}`);
  }
}
