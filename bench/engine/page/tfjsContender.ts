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
import { parametersOf } from '../../../shared/engine/model.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

/** Steps by which the faster kernels are told. */
const TRIALS = 4;

export const TFJS_BACKENDS = ['wasm', 'webgl', 'webgpu', 'cpu'] as const;

setWasmPaths({
  'tfjs-backend-wasm.wasm': plainUrl,
  'tfjs-backend-wasm-simd.wasm': simdUrl,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
});

/** How a layer, its bias and a relu that follows are computed: by one fused kernel, or by one kernel each. */
interface LayerKernels {
  dense(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, isRelu: boolean): tf.Tensor;
  conv2d(
    x: tf.Tensor,
    weight: tf.Tensor,
    bias: tf.Tensor,
    isRelu: boolean,
    stride: number,
    padding: 'same' | 'valid',
  ): tf.Tensor;
}

const FUSED: LayerKernels = {
  dense: (x, weight, bias, isRelu) =>
    tf.fused.matMul({
      a: x as tf.Tensor2D,
      b: weight as tf.Tensor2D,
      bias,
      activation: isRelu ? 'relu' : 'linear',
    }),
  conv2d: (x, weight, bias, isRelu, stride, padding) =>
    tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter: weight as tf.Tensor4D,
      strides: stride,
      pad: padding,
      bias,
      activation: isRelu ? 'relu' : 'linear',
    }),
};

const SEPARATE: LayerKernels = {
  dense(x, weight, bias, isRelu) {
    const y = tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias);
    return isRelu ? tf.relu(y) : y;
  },
  conv2d(x, weight, bias, isRelu, stride, padding) {
    const y = tf.add(tf.conv2d(x as tf.Tensor4D, weight as tf.Tensor4D, stride, padding), bias);
    return isRelu ? tf.relu(y) : y;
  },
};

function forward(
  model: ModelSpec,
  kernels: LayerKernels,
  variables: ReadonlyMap<string, tf.Variable>,
  inputs: tf.Tensor,
): tf.Tensor {
  let x = inputs;
  for (const [index, layer] of model.layers.entries()) {
    const [weight, bias] = [variables.get(`${layer.name}.weight`), variables.get(`${layer.name}.bias`)];
    const isRelu = model.layers[index + 1]?.kind === 'relu';
    switch (layer.kind) {
      case 'dense':
        x = kernels.dense(x, weight!, bias!, isRelu);
        break;
      case 'conv2d':
        x = kernels.conv2d(x, weight!, bias!, isRelu, layer.stride, layer.padding);
        break;
      case 'maxPool2d':
        x = tf.maxPool(x as tf.Tensor4D, layer.size, layer.stride, 'valid');
        break;
      case 'flatten':
        x = x.reshape([x.shape[0]!, -1]);
        break;
      case 'relu':
        break;
      default:
        throw new Error(`internal: layer ${String(layer satisfies never)}`);
    }
  }
  return x;
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
  const classes = specs.at(-1)!.size;
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
    await step(kernels);
    const from = performance.now();
    for (let trial = 0; trial < TRIALS; trial++) await step(kernels);
    return performance.now() - from;
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
