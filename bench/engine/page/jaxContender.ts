// jax-js as a contender: its own gradients and plain SGD in one jitted function, images in its own order (channels first).

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
import { pairOf } from '../../../shared/engine/layers/layer.ts';
import { inputsOf, numOutputs, parametersOf } from '../../../shared/engine/model.ts';
import type { GroupNormLayer } from '../../../shared/engine/layers/groupNorm.ts';
import type { LayerSpec } from '../../../shared/engine/layers/layers.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

export const JAX_BACKENDS = ['wasm', 'webgpu'] as const;

/** Logits; takes `samples` and one reference of each parameter. */
function forward(model: ModelSpec, parameters: readonly np.Array[], samples: np.Array): np.Array {
  const names = parametersOf(model).map(({ name }) => name);
  const values: np.Array[] = [];
  const readers = new Map<number, number>();
  const reads = model.layers.map((_, index) => inputsOf(model, index));
  for (const read of reads.flat()) readers.set(read, (readers.get(read) ?? 0) + 1);
  /** An array belongs to whoever reads it last. */
  const take = (read: number): np.Array => {
    const left = readers.get(read)! - 1;
    readers.set(read, left);
    const value = read < 0 ? samples : values[read]!;
    return left > 0 ? value.ref : value;
  };
  for (const [index, layer] of model.layers.entries()) {
    const [x, second] = reads[index]!.map(take);
    values.push(valueOf(layer, (role) => parameters[names.indexOf(`${layer.name}.${role}`)]!, x!, second));
  }
  return values.at(-1)!;
}

function valueOf(
  layer: LayerSpec,
  parameter: (role: string) => np.Array,
  x: np.Array,
  second: np.Array | undefined,
): np.Array {
  switch (layer.kind) {
    case 'dense':
      return np.matmul(x, parameter('weight')).add(parameter('bias'));
    case 'conv2d': {
      const featureGroupCount = layer.groups ?? 1;
      const padding = layer.padding === 'same' ? 'SAME' : 'VALID';
      const strides = [layer.stride, layer.stride];
      return lax
        .convGeneralDilated(x, parameter('weight'), strides, padding, { featureGroupCount })
        .add(parameter('bias').reshape([1, layer.filters, 1, 1]));
    }
    case 'maxPool2d':
      return lax.reduceWindow(x, np.max, [...pairOf(layer.size)], [...pairOf(layer.stride)]);
    case 'avgPool2d':
      return lax.reduceWindow(x, np.mean, [...pairOf(layer.size)], [...pairOf(layer.stride)]);
    case 'globalAvgPool':
      return np.mean(x, [2, 3]);
    case 'flatten':
      return x.reshape([x.shape[0]!, -1]);
    case 'relu':
      return nn.relu(x);
    case 'relu6':
      return nn.relu6(x);
    case 'sigmoid':
      return nn.sigmoid(x);
    case 'tanh':
      return np.tanh(x);
    case 'add':
      return x.add(second!);
    case 'groupNorm':
      return groupNorm(x, parameter('scale'), parameter('shift'), layer);
    default:
      throw new Error(`the benchmark has no ${layer.kind} for jax-js`);
  }
}

function groupNorm(
  x: np.Array,
  scale: np.Array,
  shift: np.Array,
  { groups, epsilon }: GroupNormLayer,
): np.Array {
  const { shape } = x;
  const perChannel = [1, shape[1]!, ...shape.slice(2).map(() => 1)];
  return nn
    .standardize(x.reshape([shape[0]!, groups, -1]), -1, { epsilon })
    .reshape(shape)
    .mul(scale.reshape(perChannel))
    .add(shift.reshape(perChannel));
}

/** Throws where the backend cannot be had, the model has dropout, or another loss than softmax cross-entropy. */
export async function createJaxContender(
  model: ModelSpec,
  samples: Samples,
  backend: (typeof JAX_BACKENDS)[number],
): Promise<Contender> {
  if (model.loss !== 'softmaxCrossEntropy') throw new Error(`the benchmark has no ${model.loss} for jax-js`);
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
  const trainStep = jit((trained: np.Array[], x: np.Array, y: np.Array): np.Array[] => {
    const [loss, gradients] = lossAndGradients(tree.ref(trained), x, y);
    loss.dispose();
    return trained.map((value, index) => value.sub((gradients as np.Array[])[index]!.mul(LEARNING_RATE)));
  });
  const step = (): void => {
    parameters = trainStep(parameters, inputs.ref, labels.ref);
  };
  const settle = async (): Promise<void> => {
    await blockUntilReady(parameters.map((value) => value.ref));
  };
  step();
  await settle();
  return {
    engine: 'jax-js',
    backend,
    // jax-js does not say what it holds.
    peakBytes: null,
    async activate() {
      defaultDevice(backend);
    },
    step,
    settle,
    dispose() {
      tree.dispose(parameters);
      inputs.dispose();
      labels.dispose();
      trainStep.dispose();
    },
  };
}
