// Dropout, in training alone.

import type { DropoutStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { FieldsOf, LayerBase, LayerKind } from './layer.ts';

export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Share of elements zeroed in training, in [0, 1). */
  readonly rate: number;
}

export const dropoutFields: FieldsOf<DropoutLayer> = { rate: 'finite' };

export const dropout: LayerKind<DropoutLayer> = {
  shape(layer, [input]) {
    if (!(layer.rate >= 0 && layer.rate < 1))
      throw new RangeError(`layer "${layer.name}": rate must be in [0, 1), got ${layer.rate}`);
    return input!;
  },
  lower: ({ rate }, { base, unflattened, index }) => ({
    ...base,
    input: unflattened,
    output: unflattened,
    kind: 'dropout',
    rate,
    layerSeed: index,
  }),
};

export const dropoutStage: StageKind<DropoutStage> = {
  isInPlace: true,
  forward({ rate, layerSeed }, { ops, x, y }) {
    if (y !== x) ops.push({ kind: 'copy', x, y });
    ops.push({ kind: 'dropout', x: y, rate, layerSeed });
  },
  backward({ rate, layerSeed }, { ops, gradient, read, pass }) {
    ops.push({ kind: 'dropout', x: gradient.id, rate, layerSeed });
    pass(read, gradient, true);
  },
};

export function writeDropout({ rate }: DropoutLayer): WrittenLayer {
  return { className: 'Dropout', config: { rate, noise_shape: null, seed: null } };
}
