// Layers that are an activation and nothing else: one line a kind.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import type { ActivationStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import { writtenActivation, type WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { LayerBase, LayerKind } from './layer.ts';

interface LayerOfActivation<A extends ActivationFunction> extends LayerBase {
  readonly kind: A;
}

/** By its activation. */
export type ActivationLayers = { readonly [A in ActivationFunction]: LayerOfActivation<A> };

function layerOf<A extends ActivationFunction>(activation: A): LayerKind<LayerOfActivation<A>> {
  return {
    activation,
    shape: (_, [input]) => input!,
    lower: (_, { base, unflattened }) => ({
      ...base,
      input: unflattened,
      output: unflattened,
      kind: 'activation',
      function: activation,
    }),
  };
}

export const ACTIVATION_LAYERS: {
  readonly [A in ActivationFunction]: LayerKind<LayerOfActivation<A>>;
} = {
  relu: layerOf('relu'),
  relu6: layerOf('relu6'),
  sigmoid: layerOf('sigmoid'),
  tanh: layerOf('tanh'),
  elu: layerOf('elu'),
};

export const activationStage: StageKind<ActivationStage> = {
  isInPlace: true,
  activation: (stage) => stage.function,
  forward(stage, { ops, x, y }) {
    if (y !== x) ops.push({ kind: 'copy', x, y });
    ops.push({ kind: 'activation', x: y, function: stage.function });
  },
  backward(_, { gradient, read, pass }) {
    pass(read, gradient, true);
  },
};

/** How each is written to a LayersModel file. */
export const ACTIVATION_WRITERS: { readonly [A in ActivationFunction]: () => WrittenLayer } = {
  relu: () => writtenActivation('relu'),
  relu6: () => ({ className: 'ReLU', config: { max_value: 6 } }),
  sigmoid: () => writtenActivation('sigmoid'),
  tanh: () => writtenActivation('tanh'),
  elu: () => ({ className: 'ELU', config: { alpha: 1 } }),
};
