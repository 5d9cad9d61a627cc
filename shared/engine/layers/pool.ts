// What pooling layers share.

import type { PoolGeometry } from '../ops/poolGeometry.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import { expectCount, expectImage, expectSize, pairOf, type AnyLayer, type LayerBase } from './layer.ts';
import type { SampleShape } from '../shapes.ts';

export interface PoolFields extends LayerBase {
  /** Window and stride, in pixels, or `[height, width]`; windows do not pad: a remainder at the edge is dropped. */
  readonly size: number | readonly [number, number];
  readonly stride: number | readonly [number, number];
}

/** Throws RangeError for a window or stride that leaves nothing, and for a window of more pixels. */
export function pooledShape(
  layer: AnyLayer & PoolFields,
  input: SampleShape,
  mostPixels = Infinity,
): SampleShape {
  expectImage(layer, input);
  const [size, stride] = [pairOf(layer.size), pairOf(layer.stride)];
  for (const extent of size) expectCount(layer, 'size', extent);
  for (const extent of stride) expectCount(layer, 'stride', extent);
  if (size[0] * size[1] > mostPixels)
    throw new RangeError(
      `layer "${layer.name}": a window must have at most ${mostPixels} pixels, got ${size[0]} x ${size[1]}`,
    );
  const [height, width] = [0, 1].map((axis) => Math.floor((input[axis]! - size[axis]!) / stride[axis]!) + 1);
  return expectSize(layer, input, [height!, width!, input[2]!]);
}

export function poolGeometry({ size, stride }: PoolFields): PoolGeometry {
  return { size: pairOf(size), stride: pairOf(stride) };
}

export function writePool(className: string, { size, stride }: PoolFields): WrittenLayer {
  const config = {
    pool_size: [...pairOf(size)],
    strides: [...pairOf(stride)],
    padding: 'valid',
    data_format: 'channels_last',
  };
  return { className, config };
}
