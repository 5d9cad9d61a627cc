// How a layer of ours is written to a LayersModel file.

import { ACTIVATION_WRITERS } from '../layers/activationLayers.ts';
import type { SampleShape } from '../shapes.ts';
import { LAYER_WRITERS, type LayerSpec } from '../layers/layers.ts';
import type { WrittenLayer } from './writtenLayer.ts';

const WRITERS = { ...LAYER_WRITERS, ...ACTIVATION_WRITERS };

/** The layer, given the shape of what it reads. Throws RangeError naming a layer that TensorFlow.js lacks. */
export function writeLayer(layer: LayerSpec, input: SampleShape): WrittenLayer {
  const write = WRITERS[layer.kind] as (layer: LayerSpec, input: SampleShape) => WrittenLayer;
  return write(layer, input);
}
