// Pooling that is not fused into a convolution: maximum and average, and how their gradients are spread over the image.

import type { Op, PoolGeometry } from '../../plan.ts';
import type { Local } from '../assembler.ts';
import { columnTiles, forEachSample, imageOf } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';
import { emitWindowMaximum } from './windowMaximum.ts';

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
function forEachWindow(
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
function windowOffsets(image: Image, { size: [height, width] }: PoolGeometry): number[] {
  return Array.from(
    { length: height * width },
    (_, position) => Math.floor(position / width) * image.rowBytes + (position % width) * image.pixelBytes,
  );
}

/** Calls `body` for each pixel of a window, at the pointer. */
function forEachPixel(
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

export function emitMaxPool2d(kernel: Kernel, op: Extract<Op, { kind: 'maxPool2d' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const y = imageOf(kernel, op.y);
  const argmaxOffset = op.argmax === null ? 0 : kernel.tensor(op.argmax).offset;
  forEachWindow(kernel, x, y, argmaxOffset, op.geometry, ({ window, pooled, argmax }, chunks) => {
    for (const chunk of chunks) {
      f.scope(() => {
        const { maximum, position } = emitWindowMaximum(kernel, {
          values: windowOffsets(x, op.geometry).map((offset) =>
            lanes.load(window, offset + chunk.first * 4, chunk.valid),
          ),
          wantsPosition: op.argmax !== null,
          activation: op.activation,
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
  const { size, stride } = op.geometry;
  const overlaps = stride[0] < size[0] || stride[1] < size[1];
  forEachWindow(kernel, dx, dy, argmaxOffset, op.geometry, ({ window, pooled, argmax }, chunks) => {
    for (const chunk of chunks) {
      f.scope(() => {
        const gradient = f.local(lanes.vector, lanes.load(pooled, chunk.first * 4, chunk.valid));
        const position = f.local(lanes.index, lanes.indexLoad(argmax, chunk.first, chunk.valid));
        const share = f.local(lanes.vector);
        for (const [index, windowOffset] of windowOffsets(dx, op.geometry).entries()) {
          const offset = windowOffset + chunk.first * 4;
          f.set(share, lanes.keep(lanes.indexEquals(position, lanes.indexConstant(index)), gradient));
          if (overlaps) f.set(share, lanes.add(share, lanes.load(window, offset, chunk.valid)));
          f.emit(lanes.store(window, offset, share, chunk.valid));
        }
      });
    }
  });
}

export function emitAvgPool2d(kernel: Kernel, op: Extract<Op, { kind: 'avgPool2d' }>): void {
  const { f, lanes } = kernel;
  const [x, y] = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  const share = 1 / (op.geometry.size[0] * op.geometry.size[1]);
  forEachWindow(kernel, x, y, 0, op.geometry, ({ window, pooled }, chunks) => {
    const sums = chunks.map(() => f.local(lanes.vector, lanes.constant(0)));
    forEachPixel(kernel, x, op.geometry, window, (pixel) => {
      for (const [c, { first, valid }] of chunks.entries())
        f.set(sums[c]!, lanes.add(sums[c]!, lanes.load(pixel, first * 4, valid)));
    });
    for (const [c, { first, valid }] of chunks.entries())
      f.emit(lanes.store(pooled, first * 4, lanes.mul(sums[c]!, lanes.constant(share)), valid));
  });
}

/** dx += dy / pixels of the window, at each of them. */
export function emitAvgPool2dGrad(kernel: Kernel, op: Extract<Op, { kind: 'avgPool2dGrad' }>): void {
  const { f, lanes } = kernel;
  const [dx, dy] = [imageOf(kernel, op.dx), imageOf(kernel, op.dy)];
  const share = 1 / (op.geometry.size[0] * op.geometry.size[1]);
  forEachWindow(kernel, dx, dy, 0, op.geometry, ({ window, pooled }, chunks) => {
    const gradients = chunks.map(({ first, valid }) =>
      f.local(lanes.vector, lanes.mul(lanes.load(pooled, first * 4, valid), lanes.constant(share))),
    );
    forEachPixel(kernel, dx, op.geometry, window, (pixel) => {
      for (const [c, { first, valid }] of chunks.entries()) {
        const sum = lanes.add(lanes.load(pixel, first * 4, valid), gradients[c]!);
        f.emit(lanes.store(pixel, first * 4, sum, valid));
      }
    });
  });
}
