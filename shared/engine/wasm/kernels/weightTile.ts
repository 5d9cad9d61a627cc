// The tile under weight gradients, a transposed matrix product: rows of the multiply tile are weight rows (inputs), columns
// are filters or units.

import type { Local } from '../code/assembler.ts';
import type { Expression } from '../code/instructions.ts';
import type { GradientSink } from './gradientTarget.ts';
import type { Chunk, Kernel } from './kernel.ts';
import { multiplyTile } from './multiplyTile.ts';

/** How the reduction walks through x (a) and dy (b): see MultiplyTile. */
export interface Walk {
  readonly runs: number;
  readonly steps: number | Expression;
  readonly aStep: number;
  readonly bStep: number;
  readonly aGap: number;
  readonly bGap: number;
}

interface Pointers {
  /** At the input of the tile's first weight row, for the reduction's first step. */
  readonly x: Local;
  /** At the tile's first column, for the reduction's first step. */
  readonly dy: Local;
  /** At the tile's first row and column. */
  readonly weight: Local;
  readonly a: Local;
  readonly b: Local;
}

export function createPointers({ f }: Kernel): Pointers {
  return {
    x: f.local('i32'),
    dy: f.local('i32'),
    weight: f.local('i32'),
    a: f.local('i32'),
    b: f.local('i32'),
  };
}

/** A weight row of a tile, in bytes from the pointers x and weight. */
export interface TileRow {
  readonly x: number;
  readonly weight: number;
}

/** One tile. No pointer moves. */
export function emitWeightTile(
  kernel: Kernel,
  { x, dy, weight, a, b }: Pointers,
  rows: readonly TileRow[],
  chunks: readonly Chunk[],
  reduction: Walk,
  sink: GradientSink,
): void {
  const { f, lanes } = kernel;
  f.scope(() => {
    f.set(a, x);
    f.set(b, dy);
    const sums = multiplyTile(kernel, {
      ...reduction,
      a,
      b,
      rowOffsets: rows.map((row) => row.x),
      chunks,
      initial: () => lanes.constant(0),
    });
    for (const [row, sumsOfRow] of sums.entries())
      for (const [c, chunk] of chunks.entries())
        sink.add(weight, rows[row]!.weight + chunk.first * 4, sumsOfRow[c]!, chunk);
  });
}

/** Calls `body` for all of `numRows` weight rows whose inputs are neighbours, a tile's worth at a time; x and weight move on. */
export function forEachRowTile(
  { f, tile: { rows: most } }: Kernel,
  { x, weight }: Pointers,
  numRows: number,
  rowBytes: number,
  body: (rows: readonly TileRow[]) => void,
): void {
  for (const [rows, times] of [
    [most, Math.floor(numRows / most)],
    [numRows % most, 1],
  ] as const) {
    if (rows === 0) continue;
    const tile = Array.from({ length: rows }, (_, row) => ({ x: row * 4, weight: row * rowBytes }));
    f.repeat(times, () => {
      body(tile);
      f.advance(x, rows * 4);
      f.advance(weight, rows * rowBytes);
    });
  }
}
