// The windows of a pool, one after the other.

import type { PoolGeometry } from '../../ops/poolGeometry.ts';
import type { Local } from '../code/assembler.ts';
import { columnTiles, forEachSample } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';

/** Vectors of channels handled at a time. */
const VECTORS = 4;

interface WindowPointers {
  /** At the window's first pixel in the unpooled image. */
  readonly window: Local;
  readonly pooled: Local;
  /** One byte an element of the pooled image, compact. */
  readonly argmax: Local;
}

/** Calls `body` for some channels of each window of each sample. */
export function forEachWindow(
  kernel: Kernel,
  image: Image,
  pooled: Image,
  argmaxOffset: number,
  { stride }: PoolGeometry,
  body: (pointers: WindowPointers, chunks: readonly Chunk[]) => void,
): void {
  const { f, lanes } = kernel;
  const { height, width, channels } = pooled.layout;
  const imageSample = f.local('i32', image.at(0));
  const pooledSample = f.local('i32', pooled.at(0));
  const argmax = f.local('i32', argmaxOffset);
  const [imageRow, pooledRow, window, pooledPixel] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  function forEachChannel(): void {
    for (const { columns, times, chunks } of columnTiles(channels, VECTORS * lanes.width, lanes))
      f.repeat(times, () => {
        f.scope(() => body({ window, pooled: pooledPixel, argmax }, chunks));
        f.advance(window, columns * 4);
        f.advance(pooledPixel, columns * 4);
        f.advance(argmax, columns);
      });
  }
  forEachSample(
    kernel,
    [
      [imageSample, image.sampleBytes],
      [pooledSample, pooled.sampleBytes],
    ],
    () => {
      f.set(imageRow, imageSample);
      f.set(pooledRow, pooledSample);
      f.repeat(height, () => {
        f.set(window, imageRow);
        f.set(pooledPixel, pooledRow);
        f.repeat(width, () => {
          forEachChannel();
          f.advance(window, stride[1] * image.pixelBytes - channels * 4);
          f.advance(pooledPixel, pooled.pixelBytes - channels * 4);
        });
        f.advance(imageRow, stride[0] * image.rowBytes);
        f.advance(pooledRow, pooled.rowBytes);
      });
    },
  );
}

/** Byte offsets of the window's pixels from its first, row-major. */
export function windowOffsets(image: Image, { size: [height, width] }: PoolGeometry): number[] {
  return Array.from(
    { length: height * width },
    (_, position) => Math.floor(position / width) * image.rowBytes + (position % width) * image.pixelBytes,
  );
}
