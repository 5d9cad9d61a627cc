// The pixels of a pooling window, one after the other.

import type { PoolGeometry } from '../../ops/poolGeometry.ts';
import type { Local } from '../code/assembler.ts';
import type { Image, Kernel } from './kernel.ts';

/** Calls `body` for each pixel of a window, at the pointer. */
export function forEachPixel(
  { f }: Kernel,
  image: Image,
  { size: [height, width] }: PoolGeometry,
  window: Local,
  body: (pixel: Local) => void,
): void {
  const pixel = f.local('i32', window);
  f.repeat(height, () => {
    f.repeat(width, () => {
      body(pixel);
      f.advance(pixel, image.pixelBytes);
    });
    f.advance(pixel, image.rowBytes - width * image.pixelBytes);
  });
}
