// Max-pooling that is not fused into a convolution, and the scatter of its gradient through the packed argmax.

import type { Op } from '../../plan.ts';
import { chunksOf, forEachSample, imageOf } from './kernel.ts';
import type { Image, Kernel } from './kernel.ts';
import type { Local } from '../assembler.ts';
import { emitWindowMaximum } from './windowMaximum.ts';

interface WindowPointers {
  /** At the window's first pixel in the unpooled image. */
  readonly window: Local;
  readonly pooled: Local;
  /** One byte an element of the pooled image, compact. */
  readonly argmax: Local;
}

/** Calls `body` for each window of each sample, all channels of it still to do. */
function forEachWindow(
  kernel: Kernel,
  image: Image,
  pooled: Image,
  argmaxOffset: number,
  stride: number,
  body: (pointers: WindowPointers) => void,
): void {
  const { f } = kernel;
  const { height, width, channels } = pooled.layout;
  const imageSample = f.local('i32', image.first);
  const pooledSample = f.local('i32', pooled.first);
  const argmax = f.local('i32', argmaxOffset);
  const [imageRow, pooledRow, window, pooledPixel] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
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
          body({ window, pooled: pooledPixel, argmax });
          f.advance(window, stride * image.pixelBytes);
          f.advance(pooledPixel, pooled.pixelBytes);
          f.advance(argmax, channels);
        });
        f.advance(imageRow, stride * image.rowBytes);
        f.advance(pooledRow, pooled.rowBytes);
      });
    },
  );
}

/** Byte offsets of the window's pixels from its first, row-major. */
function windowOffsets(image: Image, size: number): number[] {
  return Array.from(
    { length: size * size },
    (_, position) => Math.floor(position / size) * image.rowBytes + (position % size) * image.pixelBytes,
  );
}

export function emitMaxPool2d(kernel: Kernel, op: Extract<Op, { kind: 'maxPool2d' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const argmaxOffset = op.argmax === null ? 0 : kernel.tensor(op.argmax).offset;
  forEachWindow(kernel, x, y, argmaxOffset, op.stride, ({ window, pooled, argmax }) => {
    for (const chunk of chunksOf(x.layout.channels, lanes)) {
      f.scope(() => {
        const { maximum, position } = emitWindowMaximum(kernel, {
          values: windowOffsets(x, op.size).map((offset) =>
            f.local(lanes.vector, lanes.load(window, offset + chunk.first * 4, chunk.valid)),
          ),
          wantsPosition: op.argmax !== null,
          cutsNegative: op.relu,
        });
        f.emit(lanes.store(pooled, chunk.first * 4, maximum, chunk.valid));
        if (position) f.emit(lanes.indexStore(argmax, chunk.first, position, chunk.valid));
      });
    }
  });
}

/** dx[window position argmax] += dy; nothing where argmax is 255. */
export function emitMaxPool2dGrad(kernel: Kernel, op: Extract<Op, { kind: 'maxPool2dGrad' }>): void {
  const { f, lanes } = kernel;
  const dx = imageOf(kernel, op.dx);
  const dy = imageOf(kernel, op.dy);
  const argmaxOffset = kernel.tensor(op.argmax).offset;
  const overlaps = op.stride < op.size;
  forEachWindow(kernel, dx, dy, argmaxOffset, op.stride, ({ window, pooled, argmax }) => {
    for (const chunk of chunksOf(dx.layout.channels, lanes)) {
      f.scope(() => {
        const gradient = f.local(lanes.vector, lanes.load(pooled, chunk.first * 4, chunk.valid));
        const position = f.local(lanes.index, lanes.indexLoad(argmax, chunk.first, chunk.valid));
        const share = f.local(lanes.vector);
        for (const [index, windowOffset] of windowOffsets(dx, op.size).entries()) {
          const offset = windowOffset + chunk.first * 4;
          f.set(share, lanes.keep(lanes.indexEquals(position, lanes.indexConstant(index)), gradient));
          if (overlaps) f.set(share, lanes.add(share, lanes.load(window, offset, chunk.valid)));
          f.emit(lanes.store(window, offset, share, chunk.valid));
        }
      });
    }
  });
}
