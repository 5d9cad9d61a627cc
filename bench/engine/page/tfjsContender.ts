/// <reference types="vite/client" />
// TensorFlow.js as a contender: its fused kernels, its own gradients and its SGD, on one of its backends.

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

export const TFJS_BACKENDS = ['wasm', 'webgl', 'webgpu', 'cpu'] as const;

setWasmPaths({
  'tfjs-backend-wasm.wasm': plainUrl,
  'tfjs-backend-wasm-simd.wasm': simdUrl,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
});

/** Logits of the model, each layer fused with its bias and a relu that follows. */
function forward(
  model: ModelSpec,
  variables: ReadonlyMap<string, tf.Variable>,
  inputs: tf.Tensor,
): tf.Tensor2D {
  let x = inputs;
  for (const [index, layer] of model.layers.entries()) {
    const activation = model.layers[index + 1]?.kind === 'relu' ? 'relu' : 'linear';
    switch (layer.kind) {
      case 'dense':
        x = tf.fused.matMul({
          a: x as tf.Tensor2D,
          b: variables.get(`${layer.name}.weight`) as tf.Tensor as tf.Tensor2D,
          bias: variables.get(`${layer.name}.bias`)!,
          activation,
        });
        break;
      case 'conv2d':
        x = tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: variables.get(`${layer.name}.weight`) as tf.Tensor as tf.Tensor4D,
          strides: layer.stride,
          pad: layer.padding,
          bias: variables.get(`${layer.name}.bias`)!,
          activation,
        });
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
  return x as tf.Tensor2D;
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
  const minimize = (): void => {
    optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, forward(model, variables, inputs)) as tf.Scalar,
      false,
      trained,
    );
  };
  const dispose = (): void => tf.dispose([...trained, inputs, labels]);
  try {
    minimize();
    await last.data();
    const { peakBytes } = await tf.profile(minimize);
    return {
      engine: 'tfjs',
      backend,
      peakBytes: peakBytes - bytesBefore,
      async activate() {
        await tf.setBackend(backend);
      },
      async step() {
        minimize();
        await last.data();
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
