// Dense layers: every output a sum over all inputs.

import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import {
  expectCount,
  expectRank,
  type FieldsOf,
  type LayerBase,
  type LayerKind,
  type SampleShape,
} from './layer.ts';

export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly units: number;
}

export const denseFields: FieldsOf<DenseLayer> = { units: 'count' };

export const dense: LayerKind<DenseLayer> = {
  givesOutputs: true,
  shape(layer, [input]) {
    expectRank(layer, input!, 1, 'put a flatten layer before it');
    expectCount(layer, 'units', layer.units);
    return [layer.units];
  },
  parameters: ({ units }, channels) => ({ weight: [channels, units], bias: [units] }),
  lower: (_, { base, parameter, takeActivation }) => ({
    ...base,
    kind: 'dense',
    weight: parameter('weight'),
    bias: parameter('bias'),
    activation: takeActivation(),
  }),
};

export function writeDense({ units }: DenseLayer, input: SampleShape): WrittenLayer {
  return {
    className: 'Dense',
    config: { units, activation: 'linear', use_bias: true },
    weights: [
      { role: 'kernel', shape: [input[0]!, units] },
      { role: 'bias', shape: [units] },
    ],
  };
}
