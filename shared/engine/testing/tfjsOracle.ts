// TensorFlow.js on its CPU backend as an independent judge of losses, gradients and outputs.

import * as tf from '@tensorflow/tfjs';
import { dropoutHash } from '../dropoutHash.ts';
import {
  inputsOf,
  layerShapes,
  numOutputs,
  pairOf,
  parametersOf,
  type ConvLayer,
  type GroupNormLayer,
  type ModelSpec,
} from '../model.ts';
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
    const outputsFor = (values: tf.Tensor[]) =>
      runModel(model, batch, stepSeed, (name) => values[specs.findIndex((spec) => spec.name === name)]!);
    const lossFor = (...values: tf.Tensor[]) => lossOf(model, outputsFor(values), batch);
    const { value, grads } = tf.valueAndGrads(lossFor)(weights);
    const raw = outputsFor(weights);
    const outputs = {
      softmaxCrossEntropy: () => tf.softmax(raw),
      binaryCrossEntropy: () => tf.sigmoid(raw),
      meanSquaredError: () => raw,
    }[model.loss]();
    return {
      loss: value.dataSync()[0]!,
      outputs: Float32Array.from(outputs.dataSync()),
      gradients: grads.map((gradient) => Float32Array.from(gradient.dataSync())),
    };
  });
}

function lossOf(model: ModelSpec, outputs: tf.Tensor, batch: Batch): tf.Scalar {
  const numValues = numOutputs(model);
  switch (model.loss) {
    case 'softmaxCrossEntropy': {
      const labels = tf.tensor1d(Array.from(batch.labels.subarray(0, batch.count)), 'int32');
      return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, numValues), outputs) as tf.Scalar;
    }
    case 'binaryCrossEntropy':
      return tf.losses.sigmoidCrossEntropy(
        tf.tensor(batch.targets!, [batch.count, numValues]),
        outputs,
      ) as tf.Scalar;
    case 'meanSquaredError':
      return tf.losses.meanSquaredError(
        tf.tensor(batch.targets!, [batch.count, numValues]),
        outputs,
      ) as tf.Scalar;
  }
}

/** Outputs `[count, outputs]` before softmax or sigmoid. */
function runModel(
  model: ModelSpec,
  batch: Batch,
  stepSeed: number | null,
  parameter: (name: string) => tf.Tensor,
): tf.Tensor {
  const { count } = batch;
  const shapes = layerShapes(model);
  const input = tf.tensor(Float32Array.from(batch.inputs), [count, ...model.input]);
  const values: tf.Tensor[] = [];
  model.layers.forEach((layer, index) => {
    const [x, other] = inputsOf(model, index).map((read) => (read < 0 ? input : values[read]!)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const named = (role: string) => parameter(`${layer.name}.${role}`);
    const image = x as tf.Tensor4D;
    const compute = (): tf.Tensor => {
      switch (layer.kind) {
        case 'dense':
          return tf.add(tf.matMul(x as tf.Tensor2D, named('weight') as tf.Tensor2D), named('bias'));
        case 'conv2d':
          return tf.add(convolve(layer, image, named('weight') as tf.Tensor4D), named('bias'));
        case 'maxPool2d':
          return tf.maxPool(image, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
        case 'avgPool2d':
          return tf.avgPool(image, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
        case 'globalAvgPool':
          return tf.mean(image, [1, 2]);
        case 'groupNorm':
          return tf.add(tf.mul(normalise(layer, x), named('scale')), named('shift'));
        case 'dropout':
          return stepSeed === null ? x : tf.mul(x, keptElements(x.shape, layer.rate, stepSeed, index));
        case 'add':
          return tf.add(x, other);
        case 'relu':
          return tf.relu(x);
        case 'relu6':
          return tf.relu6(x);
        case 'sigmoid':
          return tf.sigmoid(x);
        case 'tanh':
          return tf.tanh(x);
        case 'flatten':
          return x.reshape([count, ...shapes[index]!]);
      }
    };
    values.push(compute());
  });
  return values.at(-1)!;
}

function convolve(layer: ConvLayer, x: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor {
  const { stride, padding, groups = 1 } = layer;
  if (groups === 1) return tf.conv2d(x, weight, stride, padding);
  const parts = tf.split<tf.Tensor4D>(x, groups, 3);
  const kernels = tf.split<tf.Tensor4D>(weight, groups, 3);
  return tf.concat(
    parts.map((part, group) => tf.conv2d(part, kernels[group]!, stride, padding)),
    3,
  );
}

function normalise(layer: GroupNormLayer, x: tf.Tensor): tf.Tensor {
  const channels = x.shape.at(-1)!;
  const grouped = x.reshape([x.shape[0]!, -1, layer.groups, channels / layer.groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  return tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, layer.epsilon))).reshape(x.shape);
}

/** 1 / (1 - rate) where an element is kept, else 0. */
function keptElements(
  shape: readonly number[],
  rate: number,
  stepSeed: number,
  layerSeed: number,
): tf.Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const factors = Float32Array.from({ length: size }, (_, index) =>
    dropoutHash(stepSeed, layerSeed, index) >= rate ? 1 / (1 - rate) : 0,
  );
  return tf.tensor(factors, [...shape]);
}
