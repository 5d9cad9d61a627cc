// Max-pooling.

import type { MaxPoolStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { AnyLayer, FieldsOf, LayerKind } from './layer.ts';
import { pooledShape, poolGeometry, writePool, type PoolFields } from './pool.ts';

export interface MaxPoolLayer extends PoolFields {
  readonly kind: 'maxPool2d';
}

/** Positions in a window fit a byte, and 255 is taken. */
const MAX_WINDOW = 225;

export const maxPool2dFields: FieldsOf<MaxPoolLayer> = { size: 'extent', stride: 'extent' };

export const maxPool2d: LayerKind<MaxPoolLayer> = {
  shape: (layer, [input]) => pooledShape(layer, input!, MAX_WINDOW),
  lower: (layer, { base }) => ({ ...base, kind: 'maxPool', geometry: poolGeometry(layer) }),
};

/** A max-pool of 2 x 2, by steps of two. */
export function isHalving(layer: AnyLayer): boolean {
  if (layer.kind !== 'maxPool2d') return false;
  const { size, stride } = poolGeometry(layer as MaxPoolLayer);
  return [...size, ...stride].every((extent) => extent === 2);
}

export const maxPoolStage: StageKind<MaxPoolStage> = {
  forward({ geometry }, { ops, x, y, argmax, activationTakenOver }) {
    const kept = argmax();
    ops.push({ kind: 'maxPool2d', x, y, geometry, argmax: kept, activation: activationTakenOver() });
  },
  backward({ geometry }, { ops, gradient: { id: dy }, argmax, read, contribute }) {
    contribute(read, {
      write: (dx) => ops.push({ kind: 'maxPool2dGrad', dy, argmax: argmax!, dx, geometry }),
      isScattered: true,
    });
  },
};

export function writeMaxPool2d(layer: MaxPoolLayer): WrittenLayer {
  return writePool('MaxPooling2D', layer);
}
