/// <reference types="vite/client" />
// TensorFlow.js as a contender: its own gradients and its SGD on one of its backends, with fused or separate kernels,
// whichever is faster there.

import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { inputsOf, numOutputs, pairOf, parametersOf } from '../../../shared/engine/model.ts';
import type { ConvLayer, GroupNormLayer, LayerSpec, ModelSpec } from '../../../shared/engine/model.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

/** Steps by which the faster kernels are told. */
const TRIALS = 4;
/** One step that takes this long tells enough. */
const SLOW_MS = 2000;

export const TFJS_BACKENDS = ['wasm', 'webgl', 'webgpu', 'cpu'] as const;

setWasmPaths({
  'tfjs-backend-wasm.wasm': plainUrl,
  'tfjs-backend-wasm-simd.wasm': simdUrl,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
});

/** How a layer, its bias and an activation that follows are computed: by one fused kernel, or by one kernel each. */
interface LayerKernels {
  dense(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, activation: Activation): tf.Tensor;
  conv2d(
    x: tf.Tensor,
    weight: tf.Tensor,
    bias: tf.Tensor,
    activation: Activation,
    layer: ConvLayer,
  ): tf.Tensor;
}

type Activation = 'linear' | 'relu' | 'relu6';

function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === 'linear') return x;
  return activation === 'relu' ? tf.relu(x) : tf.relu6(x);
}

function isDepthwise(x: tf.Tensor, { groups = 1, filters, name }: ConvLayer): boolean {
  if (groups === 1) return false;
  if (groups !== x.shape[3] || filters !== groups)
    throw new Error(`layer "${name}": TensorFlow.js has no grouped convolution`);
  return true;
}

/** Depthwise weights are `[height, width, channels, 1]` there. */
function depthwiseWeight(weight: tf.Tensor): tf.Tensor4D {
  const [height, width, , channels] = weight.shape as [number, number, number, number];
  return weight.reshape([height, width, channels, 1]);
}

const FUSED: LayerKernels = {
  dense: (x, weight, bias, activation) =>
    tf.fused.matMul({ a: x as tf.Tensor2D, b: weight as tf.Tensor2D, bias, activation }),
  conv2d: (x, weight, bias, activation, layer) => {
    const { stride, padding } = layer;
    const shared = { x: x as tf.Tensor4D, strides: stride, pad: padding, bias, activation };
    return isDepthwise(x, layer)
      ? tf.fused.depthwiseConv2d({ ...shared, filter: depthwiseWeight(weight) })
      : tf.fused.conv2d({ ...shared, filter: weight as tf.Tensor4D });
  },
};

const SEPARATE: LayerKernels = {
  dense: (x, weight, bias, activation) =>
    activate(tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias), activation),
  conv2d(x, weight, bias, activation, layer) {
    const { stride, padding } = layer;
    const y = isDepthwise(x, layer)
      ? tf.depthwiseConv2d(x as tf.Tensor4D, depthwiseWeight(weight), stride, padding)
      : tf.conv2d(x as tf.Tensor4D, weight as tf.Tensor4D, stride, padding);
    return activate(tf.add(y, bias), activation);
  },
};

/** The relu or relu6 that follows a dense layer or a convolution and alone reads it. */
function activationAfter(model: ModelSpec, index: number): Activation {
  const [layer, next] = [model.layers[index]!, model.layers[index + 1]];
  if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return 'linear';
  if (next === undefined || next.inputs !== undefined) return 'linear';
  if (model.layers.some(({ inputs }) => inputs?.includes(layer.name))) return 'linear';
  return next.kind === 'relu' || next.kind === 'relu6' ? next.kind : 'linear';
}

function groupNorm(
  x: tf.Tensor,
  scale: tf.Tensor,
  shift: tf.Tensor,
  { groups, epsilon }: GroupNormLayer,
): tf.Tensor {
  const channels = x.shape.at(-1)!;
  const grouped = x.reshape([x.shape[0]!, -1, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normal = grouped.sub(mean).mul(tf.rsqrt(variance.add(epsilon)));
  return normal.reshape(x.shape).mul(scale).add(shift);
}

function forward(
  model: ModelSpec,
  kernels: LayerKernels,
  variables: ReadonlyMap<string, tf.Variable>,
  samples: tf.Tensor,
): tf.Tensor {
  const values: tf.Tensor[] = [];
  for (const [index, layer] of model.layers.entries()) {
    const [x, second] = inputsOf(model, index).map((read) => (read < 0 ? samples : values[read]!));
    const parameter = (role: string): tf.Variable => variables.get(`${layer.name}.${role}`)!;
    const isFused = index > 0 && activationAfter(model, index - 1) === layer.kind;
    values.push(isFused ? x! : valueOf(layer, activationAfter(model, index), kernels, parameter, x!, second));
  }
  return values.at(-1)!;
}

function valueOf(
  layer: LayerSpec,
  activation: Activation,
  kernels: LayerKernels,
  parameter: (role: string) => tf.Variable,
  x: tf.Tensor,
  second: tf.Tensor | undefined,
): tf.Tensor {
  switch (layer.kind) {
    case 'dense':
      return kernels.dense(x, parameter('weight'), parameter('bias'), activation);
    case 'conv2d':
      return kernels.conv2d(x, parameter('weight'), parameter('bias'), activation, layer);
    case 'maxPool2d':
      return tf.maxPool(x as tf.Tensor4D, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
    case 'avgPool2d':
      return tf.avgPool(x as tf.Tensor4D, [...pairOf(layer.size)], [...pairOf(layer.stride)], 'valid');
    case 'globalAvgPool':
      return tf.mean(x, [1, 2]);
    case 'flatten':
      return x.reshape([x.shape[0]!, -1]);
    case 'relu':
    case 'relu6':
      return activate(x, layer.kind);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
    case 'add':
      return tf.add(x, second!);
    case 'groupNorm':
      return groupNorm(x, parameter('scale'), parameter('shift'), layer);
    case 'dropout':
      return tf.dropout(x, layer.rate);
    default:
      throw new Error(`internal: layer ${String(layer satisfies never)}`);
  }
}

/** Throws where the backend cannot be had or cannot train the model. */
export async function createTfjsContender(
  model: ModelSpec,
  samples: Samples,
  backend: (typeof TFJS_BACKENDS)[number],
): Promise<Contender> {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} backend here`);
  await tf.ready();
  const bytesBefore = tf.memory().numBytes;
  const values = initialParameters(model, 1);
  const specs = parametersOf(model);
  const variables = new Map(
    specs.map(({ name, shape }, index) => [name, tf.variable(tf.tensor(values[index]!, [...shape]))]),
  );
  const classes = numOutputs(model);
  const inputs = tf.tensor(samples.inputs, [samples.count, ...model.input]);
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d([...samples.labels], 'int32'), classes).toFloat());
  const optimizer = tf.train.sgd(LEARNING_RATE);
  const trained = [...variables.values()];
  const last = trained.at(-1)!;
  const minimize = (kernels: LayerKernels): void => {
    optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, forward(model, kernels, variables, inputs)) as tf.Scalar,
      false,
      trained,
    );
  };
  const dispose = (): void => tf.dispose([...trained, inputs, labels]);
  const step = async (kernels: LayerKernels): Promise<void> => {
    minimize(kernels);
    await last.data();
  };
  const timeOf = async (kernels: LayerKernels): Promise<number> => {
    const start = performance.now();
    await step(kernels);
    const firstMs = performance.now() - start;
    if (firstMs > SLOW_MS) return firstMs;
    const from = performance.now();
    for (let trial = 0; trial < TRIALS; trial++) await step(kernels);
    return (performance.now() - from) / TRIALS;
  };
  try {
    const kernels = (await timeOf(FUSED)) < (await timeOf(SEPARATE)) ? FUSED : SEPARATE;
    const { peakBytes } = await tf.profile(() => minimize(kernels));
    return {
      engine: 'tfjs',
      backend,
      peakBytes: peakBytes - bytesBefore,
      async activate() {
        await tf.setBackend(backend);
      },
      step: () => step(kernels),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
