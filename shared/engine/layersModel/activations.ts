// Activations by the names that files give them, alone or inside another layer.

import type { ActivationFunction } from '../activations/activationFunction.ts';
import { LAYER_KINDS, LAYERS } from '../layers/layers.ts';
import type { LayerContext } from './layerContext.ts';

const KINDS = [
  ...LAYER_KINDS.filter((kind): kind is ActivationFunction => LAYERS[kind].activation !== undefined),
  'softmax',
] as const;

/** Puts the activation as a step of its own behind the layer (inside of which the file has it, maybe); `linear` is none. Throws RangeError for one that we lack. */
export function addActivation(layer: LayerContext, activation: string, isInside = false): void {
  if (activation === 'linear') return;
  const kind = KINDS.find((candidate) => candidate === activation);
  if (!kind)
    throw layer.refuse(
      `activation "${activation}" is not supported; train it with one of linear, ${KINDS.join(', ')} instead`,
    );
  layer.add({ kind }, [], isInside ? `.${kind}` : '');
}
