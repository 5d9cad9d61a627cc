// jax-js as a contender: its own gradients and plain SGD in one jitted function, images in its own order (channels first).
// It trains dense layers, plain convolutions, relu and max-pools; another layer is refused.

import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { numOutputs, pairOf, parametersOf } from '../../../shared/engine/model.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

export const JAX_BACKENDS = ['wasm', 'webgpu'] as const;

/** Logits; takes `x` and one reference of each parameter. */
function forward(model: ModelSpec, parameters: readonly np.Array[], samples: np.Array): np.Array {
  const names = parametersOf(model).map(({ name }) => name);
  const parameter = (name: string) => parameters[names.indexOf(name)]!;
  let x = samples;
  for (const layer of model.layers) {
    switch (layer.kind) {
      case 'dense':
        x = np.matmul(x, parameter(`${layer.name}.weight`)).add(parameter(`${layer.name}.bias`));
        break;
      case 'conv2d': {
        const featureGroupCount = layer.groups ?? 1;
        const padding = layer.padding === 'same' ? 'SAME' : 'VALID';
        const strides = [layer.stride, layer.stride];
        x = lax.convGeneralDilated(x, parameter(`${layer.name}.weight`), strides, padding, {
          featureGroupCount,
        });
        x = x.add(parameter(`${layer.name}.bias`).reshape([1, layer.filters, 1, 1]));
        break;
      }
      case 'maxPool2d':
        x = lax.reduceWindow(x, np.max, [...pairOf(layer.size)], [...pairOf(layer.stride)]);
        break;
      case 'flatten':
        x = x.reshape([x.shape[0]!, -1]);
        break;
      case 'relu':
        x = nn.relu(x);
        break;
      default:
        throw new Error(`the benchmark has no ${layer.kind} for jax-js`);
    }
  }
  return x;
}

/** Throws where the backend cannot be had or the model has layers beyond the above. */
export async function createJaxContender(
  model: ModelSpec,
  samples: Samples,
  backend: (typeof JAX_BACKENDS)[number],
): Promise<Contender> {
  if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} backend here`);
  defaultDevice(backend);
  const values = initialParameters(model, 1);
  let parameters = parametersOf(model).map(({ shape }, index) => {
    const value = np.array(Float32Array.from(values[index]!)).reshape([...shape]);
    return shape.length === 4 ? value.transpose([3, 2, 0, 1]) : value;
  });
  const flat = np.array(samples.inputs).reshape([samples.count, ...model.input]);
  const inputs = model.input.length === 3 ? flat.transpose([0, 3, 1, 2]) : flat;
  const labels = nn.oneHot(np.array(Int32Array.from(samples.labels)), numOutputs(model));
  await blockUntilReady([inputs.ref, labels.ref]);

  const lossOf = (trained: np.Array[], x: np.Array, y: np.Array): np.Array =>
    nn
      .logSoftmax(forward(model, trained, x))
      .mul(y)
      .sum()
      .mul(-1 / samples.count);
  const lossAndGradients = valueAndGrad(lossOf);
  const step = jit((trained: np.Array[], x: np.Array, y: np.Array): np.Array[] => {
    const [loss, gradients] = lossAndGradients(tree.ref(trained), x, y);
    loss.dispose();
    return trained.map((value, index) => value.sub((gradients as np.Array[])[index]!.mul(LEARNING_RATE)));
  });
  const run = async (): Promise<void> => {
    parameters = step(parameters, inputs.ref, labels.ref);
    await blockUntilReady(parameters.map((value) => value.ref));
  };
  await run();
  return {
    engine: 'jax-js',
    backend,
    // jax-js does not say what it holds.
    peakBytes: null,
    async activate() {
      defaultDevice(backend);
    },
    step: run,
    dispose() {
      tree.dispose(parameters);
      inputs.dispose();
      labels.dispose();
      step.dispose();
    },
  };
}
