// Dense layers: every output a sum over all inputs.

import type { DenseStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import { expectCount, expectRank, type FieldsOf, type LayerBase, type LayerKind } from './layer.ts';
import type { SampleShape } from '../shapes.ts';

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

export const denseStage: StageKind<DenseStage> = {
  activation: ({ activation }) => activation,
  forward({ activation, ...stage }, { ops, x, y, parameter, apart }) {
    const [weight, bias, slice] = [parameter(stage.weight), parameter(stage.bias), apart(stage.weight)];
    ops.push({ kind: 'dense', x, weight, bias, y, activation });
    if (slice) ops.push({ kind: 'dense', x, weight: slice.id, bias, y, activation, outputs: slice.outputs });
  },
  backward(stage, { ops, gradient: { id: dy }, read, passes, contribute, train, input, parameter, apart }) {
    const weight = parameter(stage.weight);
    const slice = apart(stage.weight);
    if (passes(read))
      contribute(read, {
        write(dx) {
          ops.push({ kind: 'denseInputGrad', dy, weight, dx });
          if (slice) ops.push({ kind: 'denseInputGrad', dy, weight: slice.id, dx, outputs: slice.outputs });
        },
        compactOnly: true,
      });
    train(stage.weight, (target) => ({ kind: 'denseWeightGrad', x: input(), dy, target }), true);
    train(stage.bias, (target) => ({ kind: 'biasGrad', dy, target }), true);
  },
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
