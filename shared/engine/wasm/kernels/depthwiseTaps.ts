// What the kernels of depthwise convolutions share. Vectors lie along channels; a tile is a few neighbouring pixels of one
// vector of channels, with the kernel's taps (or their sums) kept in registers.

import type { Local } from '../code/assembler.ts';
import type { Expression } from '../code/instructions.ts';
import { columnTiles, type Kernel } from './kernel.ts';

/** Neighbouring pixels of a tile. With nine taps and one element they fill 14 of 16 registers. */
export const PIXELS = 4;

/** Taps that are kept in registers. */
export const HELD_TAPS = 9;

/**
 * What the vectors of channels sweep again and again. Measured on MobileNetV2 (x86-64): 24 to 64 KiB and 3 or 4 pixels differ
 * by less than 10 %, 2 pixels lose 15 %; the order of the additions is all one. Within the second cache these kernels reach
 * 45 to 80 % of the multiply-add peak; images beyond it wait for memory (48x48x48 at stride 2: 45 % with one sample in the
 * micro-batch, 12 % with 16), and reading them ahead line by line did not help.
 */
const BLOCK_BYTES = 48 * 1024;

/** One element of the kernel: where it reads, in bytes from the window's start, and where its weight lies. */
export interface Tap {
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

export function emitTapProduct(kernel: Kernel, product: TapProduct): void {
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
export function forEachBlock(
  { f }: Kernel,
  height: number,
  rowBytes: number,
  body: (rows: number) => void,
): void {
  const fitting = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const rows = Math.ceil(height / Math.ceil(height / fitting));
  f.repeat(Math.floor(height / rows), () => body(rows));
  if (height % rows > 0) body(height % rows);
}
