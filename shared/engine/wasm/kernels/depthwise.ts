// Depthwise convolutions, one filter a channel: forward, input gradient, weight gradient. Vectors lie along channels; a
// tile is a few neighbouring pixels of one vector of channels, with the kernel's taps (or their sums) kept in registers.

import type { ConvGeometry, Op } from '../../plan.ts';
import { lengthOf } from '../../scheme.ts';
import type { Local } from '../assembler.ts';
import type { Expression } from '../instructions.ts';
import { emitActivation } from './activation.ts';
import { gradientSink } from './gradientTarget.ts';
import { columnTiles, forEachSample, imageOf, windowStart } from './kernel.ts';
import type { Image, Kernel } from './kernel.ts';
import { parityClasses } from './parity.ts';

/** Neighbouring pixels of a tile. With nine taps and one element they fill 14 of 16 registers. */
const PIXELS = 4;
/** Taps that are kept in registers. */
const HELD_TAPS = 9;
/**
 * What the vectors of channels sweep again and again. Measured on MobileNetV2 (x86-64): 24 to 64 KiB and 3 or 4 pixels differ
 * by less than 10 %, 2 pixels lose 15 %; the order of the additions is all one. Within the second cache these kernels reach
 * 45 to 80 % of the multiply-add peak; images beyond it wait for memory (48x48x48 at stride 2: 45 % with one sample in the
 * micro-batch, 12 % with 16), and reading them ahead line by line did not help.
 */
const BLOCK_BYTES = 48 * 1024;

/** One element of the kernel: where it reads, in bytes from the window's start, and where its weight lies. */
interface Tap {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** out[i, j, c] = combine(sum over taps of in[i, j, tap, c] * weight[tap, c]), for all channels of one sample. */
interface TapProduct {
  readonly taps: readonly Tap[];
  readonly weight: number;
  /** At the window of output (0, 0), and at that output, of the present sample. */
  readonly from: Local;
  readonly to: Local;
  /** Between the windows of neighbouring outputs, and between taps. */
  readonly fromRowBytes: number;
  readonly fromPixelBytes: number;
  readonly tapRowBytes: number;
  readonly tapPixelBytes: number;
  readonly toRowBytes: number;
  readonly toPixelBytes: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Each sum's first value; `channel` is the i32 of 4 x the first channel of the vector. */
  initial(channel: Local, to: Local, offset: number, valid: number): Expression;
  finish(sum: Local): void;
}

function emitTapProduct(kernel: Kernel, product: TapProduct): void {
  const { f, lanes } = kernel;
  const { taps, height, width, channels } = product;
  const isHeld = taps.length <= HELD_TAPS;
  const channel = f.local('i32');
  const weight = f.local('i32');
  const [fromColumn, toColumn, fromRow, toRow, from, to] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];

  function emitPixels(pixels: number, valid: number, held: readonly Local[]): void {
    f.scope(() => {
      const sums = Array.from({ length: pixels }, (_, pixel) =>
        f.local(lanes.vector, product.initial(channel, to, pixel * product.toPixelBytes, valid)),
      );
      const element = f.local(lanes.vector);
      // Each input is loaded once for all pixels whose windows it lies in.
      const reads = new Map<number, { tap: number; pixel: number }[]>();
      for (const [index, { row, column }] of taps.entries())
        for (let pixel = 0; pixel < pixels; pixel++) {
          const offset =
            row * product.tapRowBytes + column * product.tapPixelBytes + pixel * product.fromPixelBytes;
          reads.set(offset, [...(reads.get(offset) ?? []), { tap: index, pixel }]);
        }
      for (const [offset, uses] of [...reads].sort(([a], [b]) => a - b)) {
        f.set(element, lanes.load(from, offset, valid));
        for (const { tap, pixel } of uses) {
          const factor = isHeld ? held[tap]! : lanes.load(weight, taps[tap]!.weight, valid);
          f.set(sums[pixel]!, lanes.madd(element, factor, sums[pixel]!));
        }
      }
      for (const [pixel, sum] of sums.entries()) {
        product.finish(sum);
        f.emit(lanes.store(to, pixel * product.toPixelBytes, sum, valid));
      }
      f.advance(from, pixels * product.fromPixelBytes);
      f.advance(to, pixels * product.toPixelBytes);
    });
  }

  function emitBlock(rows: number): void {
    f.set(channel, 0);
    f.set(weight, product.weight);
    f.set(fromColumn, product.from);
    f.set(toColumn, product.to);
    for (const { columns, times } of columnTiles(channels, lanes.width, lanes))
      f.repeat(times, () => {
        f.scope(() => {
          const held = isHeld
            ? taps.map((tap) => f.local(lanes.vector, lanes.load(weight, tap.weight, columns)))
            : [];
          f.set(fromRow, fromColumn);
          f.set(toRow, toColumn);
          f.repeat(rows, () => {
            f.set(from, fromRow);
            f.set(to, toRow);
            f.repeat(Math.floor(width / PIXELS), () => emitPixels(PIXELS, columns, held));
            if (width % PIXELS > 0) emitPixels(width % PIXELS, columns, held);
            f.advance(fromRow, product.fromRowBytes);
            f.advance(toRow, product.toRowBytes);
          });
        });
        for (const pointer of [channel, weight, fromColumn, toColumn]) f.advance(pointer, columns * 4);
      });
    f.advance(product.from, rows * product.fromRowBytes);
    f.advance(product.to, rows * product.toRowBytes);
  }
  forEachBlock(kernel, height, product.fromRowBytes + product.toRowBytes, emitBlock);
}

/** Cuts image rows into blocks of equal height that fit the cache, and calls `body` for each. */
function forEachBlock({ f }: Kernel, height: number, rowBytes: number, body: (rows: number) => void): void {
  const fitting = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const rows = Math.ceil(height / Math.ceil(height / fitting));
  f.repeat(Math.floor(height / rows), () => body(rows));
  if (height % rows > 0) body(height % rows);
}

function tapsOf({ kernelHeight, kernelWidth, filters }: ConvGeometry): Tap[] {
  return Array.from({ length: kernelHeight * kernelWidth }, (_, position) => ({
    row: Math.floor(position / kernelWidth),
    column: position % kernelWidth,
    weight: position * filters * 4,
  }));
}

export function emitDepthwiseConv2d(
  kernel: Kernel,
  op: Extract<Op, { kind: 'conv2d' }>,
  x: Image,
  y: Image,
): void {
  const { f, lanes } = kernel;
  const { geometry } = op;
  const [xSample, ySample] = [f.local('i32', windowStart(x, geometry)), f.local('i32', y.at(0))];
  const bias = kernel.tensor(op.bias).offset;
  const [from, to] = [f.local('i32'), f.local('i32')];
  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [ySample, y.sampleBytes],
    ],
    () => {
      f.set(from, xSample);
      f.set(to, ySample);
      emitTapProduct(kernel, {
        taps: tapsOf(geometry),
        weight: kernel.tensor(op.weight).offset,
        from,
        to,
        fromRowBytes: geometry.stride * x.bufferRowBytes,
        fromPixelBytes: geometry.stride * x.pixelBytes,
        tapRowBytes: x.bufferRowBytes,
        tapPixelBytes: x.pixelBytes,
        toRowBytes: y.rowBytes,
        toPixelBytes: y.pixelBytes,
        ...y.layout,
        initial: (channel, _to, _offset, valid) => lanes.load(channel, bias, valid),
        finish: (sum) => emitActivation(kernel, op.activation, [sum]),
      });
    },
  );
}

/** The forward product over the padded output gradient with the kernel turned by 180 degrees, one parity at a time. */
export function emitDepthwiseInputGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dInputGrad' }>): void {
  const { f, lanes } = kernel;
  const { geometry } = op;
  const [dy, dx] = [imageOf(kernel, op.dy), imageOf(kernel, op.dx)];
  const channels = geometry.filters;
  const [dySample, dxSample] = [f.local('i32', dy.start), f.local('i32', dx.at(0))];
  const [from, to] = [f.local('i32'), f.local('i32')];
  const bufferPixelBytes = channels * 4;
  forEachSample(
    kernel,
    [
      [dySample, dy.sampleBytes],
      [dxSample, dx.sampleBytes],
    ],
    () => {
      for (const parity of parityClasses(geometry, dy.layout, dx.layout)) {
        const { rows, columns, step } = parity;
        if (op.accumulate && rows.taps.length * columns.taps.length === 0) continue;
        const taps = rows.taps.flatMap((row) =>
          columns.taps.map((column) => ({
            row: row.at,
            column: column.at,
            weight: (row.kernel * geometry.kernelWidth + column.kernel) * channels * 4,
          })),
        );
        f.set(from, dySample);
        f.advance(from, rows.first * dy.bufferRowBytes + columns.first * bufferPixelBytes);
        f.set(to, dxSample);
        f.advance(to, rows.first * dx.rowBytes + columns.first * dx.pixelBytes);
        f.scope(() =>
          emitTapProduct(kernel, {
            taps,
            weight: kernel.tensor(op.weight).offset,
            from,
            to,
            channels,
            fromRowBytes: step * dy.bufferRowBytes,
            fromPixelBytes: step * bufferPixelBytes,
            tapRowBytes: dy.bufferRowBytes,
            tapPixelBytes: bufferPixelBytes,
            toRowBytes: step * dx.rowBytes,
            toPixelBytes: step * dx.pixelBytes,
            height: rows.count,
            width: columns.count,
            initial: (_channel, pixel, offset, valid) =>
              op.accumulate ? lanes.load(pixel, offset, valid) : lanes.constant(0),
            finish: () => {},
          }),
        );
      }
    },
  );
}

/** Sums of x * dy over the pixels of a block of image rows, for a few kernel rows and one vector of channels at a time. */
export function emitDepthwiseWeightGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dWeightGrad' }>): void {
  const { f, lanes } = kernel;
  const { geometry, target } = op;
  const { kernelHeight, kernelWidth, stride } = geometry;
  const [x, dy] = [imageOf(kernel, op.x), imageOf(kernel, op.dy)];
  const { height, width } = dy.layout;
  const sink = gradientSink(kernel, target, 1, geometry.filters);
  const firstChannel = target.outputs[0] * 4;
  const xSample = f.local('i32', windowStart(x, geometry, firstChannel));
  const dySample = f.local('i32', dy.at(firstChannel));
  const [xBlock, dyBlock, xColumn, dyColumn, weight, xRow, dyRow, xPixel, dyPixel] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const xStep = stride * x.pixelBytes;
  const kernelRowsAtOnce = Math.max(1, Math.floor(HELD_TAPS / kernelWidth));

  function emitPixels(pixels: number, kernelRows: number, valid: number, sums: readonly Local[]): void {
    f.scope(() => {
      const gradients = Array.from({ length: pixels }, (_, pixel) =>
        f.local(lanes.vector, lanes.load(dyPixel, pixel * dy.pixelBytes, valid)),
      );
      const element = f.local(lanes.vector);
      // Kernel rows inside, so that sums take turns: each must wait some cycles for its last addition.
      for (let column = 0; column < (pixels - 1) * stride + kernelWidth; column++) {
        const uses = gradients.flatMap((gradient, pixel) => {
          const q = column - pixel * stride;
          return q >= 0 && q < kernelWidth ? [{ gradient, q }] : [];
        });
        if (uses.length === 0) continue;
        for (let p = 0; p < kernelRows; p++) {
          f.set(element, lanes.load(xPixel, p * x.bufferRowBytes + column * x.pixelBytes, valid));
          for (const { gradient, q } of uses) {
            const sum = sums[p * kernelWidth + q]!;
            f.set(sum, lanes.madd(element, gradient, sum));
          }
        }
      }
      f.advance(xPixel, pixels * xStep);
      f.advance(dyPixel, pixels * dy.pixelBytes);
    });
  }

  function emitBlock(rows: number): void {
    for (let p = 0; p < kernelHeight; p += kernelRowsAtOnce) {
      const kernelRows = Math.min(kernelRowsAtOnce, kernelHeight - p);
      f.set(xColumn, xBlock);
      f.advance(xColumn, p * x.bufferRowBytes);
      f.set(dyColumn, dyBlock);
      f.set(weight, sink.address + p * kernelWidth * sink.positionBytes);
      for (const { columns, times } of columnTiles(lengthOf(target.outputs), lanes.width, lanes))
        f.repeat(times, () => {
          f.scope(() => {
            const sums = Array.from({ length: kernelRows * kernelWidth }, () =>
              f.local(lanes.vector, lanes.constant(0)),
            );
            f.set(xRow, xColumn);
            f.set(dyRow, dyColumn);
            f.repeat(rows, () => {
              f.set(xPixel, xRow);
              f.set(dyPixel, dyRow);
              f.repeat(Math.floor(width / PIXELS), () => emitPixels(PIXELS, kernelRows, columns, sums));
              if (width % PIXELS > 0) emitPixels(width % PIXELS, kernelRows, columns, sums);
              f.advance(xRow, stride * x.bufferRowBytes);
              f.advance(dyRow, dy.rowBytes);
            });
            for (const [tap, sum] of sums.entries())
              sink.add(weight, tap * sink.positionBytes, sum, { first: 0, valid: columns });
          });
          for (const pointer of [xColumn, dyColumn, weight]) f.advance(pointer, columns * 4);
        });
    }
    f.advance(xBlock, rows * stride * x.bufferRowBytes);
    f.advance(dyBlock, rows * dy.rowBytes);
  }

  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [dySample, dy.sampleBytes],
    ],
    () => {
      f.set(xBlock, xSample);
      f.set(dyBlock, dySample);
      forEachBlock(kernel, height, stride * x.bufferRowBytes + dy.rowBytes, emitBlock);
    },
  );
}
