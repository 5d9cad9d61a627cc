// Average pooling.

import type { AvgPoolStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
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

export const avgPoolStage: StageKind<AvgPoolStage> = {
  forward({ geometry }, { ops, x, y }) {
    ops.push({ kind: 'avgPool2d', x, y, geometry });
  },
  backward({ geometry }, { ops, gradient: { id: dy }, read, contribute }) {
    contribute(read, {
      write: (dx) => ops.push({ kind: 'avgPool2dGrad', dy, dx, geometry }),
      isScattered: true,
    });
  },
};

export function writeAvgPool2d(layer: AvgPoolLayer): WrittenLayer {
  return writePool('AveragePooling2D', layer);
}
