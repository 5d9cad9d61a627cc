// Average pooling.

import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import type { FieldsOf, LayerKind } from './layer.ts';
import { pooledShape, poolGeometry, writePool, type PoolFields } from './pool.ts';

export interface AvgPoolLayer extends PoolFields {
  readonly kind: 'avgPool2d';
}

export const avgPool2dFields: FieldsOf<AvgPoolLayer> = { size: 'extent', stride: 'extent' };

export const avgPool2d: LayerKind<AvgPoolLayer> = {
  shape: (layer, [input]) => pooledShape(layer, input!),
  lower: (layer, { base }) => ({ ...base, kind: 'avgPool', geometry: poolGeometry(layer) }),
};

export function writeAvgPool2d(layer: AvgPoolLayer): WrittenLayer {
  return writePool('AveragePooling2D', layer);
}
