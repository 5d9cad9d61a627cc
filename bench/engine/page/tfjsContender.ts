// TensorFlow.js as a contender: its own gradients and its SGD on one of its backends, with fused or separate kernels,
// whichever is faster there.

import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { parametersOf, type ModelSpec } from '../../../shared/engine/model.ts';
import { meanLoss, truthTensor } from '../../../shared/engine/tfjs/tfjsLoss.ts';
import { forward, FUSED, SEPARATE } from '../../../shared/engine/tfjs/tfjsModel.ts';
import type { ForwardOptions, LayerKernels } from '../../../shared/engine/tfjs/tfjsModel.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

/** Steps by which the faster kernels are told. */
const TRIALS = 4;
/** One step that takes this long tells enough. */
const SLOW_MS = 2000;

export const TFJS_BACKENDS = ['wasm', 'webgl', 'webgpu', 'cpu'] as const;

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
  const inputs = tf.tensor(samples.inputs, [samples.count, ...model.input]);
  const truth = tf.tidy(() => truthTensor(model, samples));
  const optimizer = tf.train.sgd(LEARNING_RATE);
  const trained = [...variables.values()];
  const last = trained.at(-1)!;
  const options = (kernels: LayerKernels): ForwardOptions => ({
    parameter: (name) => variables.get(name)!,
    kernels,
    dropout: (x, { rate }) => tf.dropout(x, rate),
  });
  const minimize = (kernels: LayerKernels): void => {
    optimizer.minimize(
      () => meanLoss(model, forward(model, inputs, options(kernels)), truth),
      false,
      trained,
    );
  };
  const dispose = (): void => tf.dispose([...trained, inputs, truth]);
  const settle = async (): Promise<void> => void (await last.data());
  const step = async (kernels: LayerKernels): Promise<void> => {
    minimize(kernels);
    await settle();
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
      step: () => minimize(kernels),
      settle,
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
