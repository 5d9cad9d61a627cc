// The average over an image, by channel.

import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import { expectImage, type LayerBase, type LayerKind } from './layer.ts';

export interface GlobalAvgPoolLayer extends LayerBase {
  readonly kind: 'globalAvgPool';
}

export const globalAvgPool: LayerKind<GlobalAvgPoolLayer> = {
  givesOutputs: true,
  shape(layer, [input]) {
    expectImage(layer, input!);
    return [input![2]!];
  },
  lower(_, { base }) {
    const size = [base.input[0], base.input[1]] as const;
    return { ...base, kind: 'avgPool', geometry: { size, stride: size } };
  },
};

export function writeGlobalAvgPool(): WrittenLayer {
  return { className: 'GlobalAveragePooling2D', config: { data_format: 'channels_last' } };
}
