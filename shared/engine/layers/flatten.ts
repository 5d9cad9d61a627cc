// An image as a vector: nothing is moved, since images are row-major.

import { writtenActivation, type WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { LayerBase, LayerKind } from './layer.ts';
import { sizeOf, type SampleShape } from '../shapes.ts';

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
}

export const flatten: LayerKind<FlattenLayer> = {
  givesOutputs: true,
  shape: (_, [input]) => [sizeOf(input!)],
  lower: () => null,
};

/** TensorFlow.js refuses to flatten what is flat. */
export function writeFlatten(_: FlattenLayer, input: SampleShape): WrittenLayer {
  return input.length === 1 ? writtenActivation('linear') : { className: 'Flatten', config: {} };
}
