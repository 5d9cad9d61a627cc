// The register tile under every matrix product: rows x columns of accumulators over one reduction.
// The reduction is never unrolled and the default tile is 4 x 8: V8 spills beyond 16 vector registers (x86-64, measured; even
// nine steps of a 3 x 3 kernel written out take twice as long as the loop).

import type { Precision } from '../../tensors.ts';
import { i32 } from '../code/instructions.ts';
import type { Expression } from '../code/instructions.ts';
import type { Local } from '../code/assembler.ts';
import type { Chunk, Kernel } from './kernel.ts';

/**
 * acc[row][chunk] += sum over runs and steps of a[rowOffsets[row]] (one element) * b[chunk] (neighbouring elements),
 * where each step moves a and b by aStep and bStep bytes, and each run ends with a further aGap and bGap.
 * The plain version: for run, for step, for row, for column: acc[row][column] += a * b.
 */
export interface MultiplyTile {
  /** Pointers; moved, and of no defined value afterwards. */
  readonly a: Local;
  readonly b: Local;
  /** Of the elements of b; default: float32. */
  readonly bPrecision?: Precision;
  readonly rowOffsets: readonly number[];
  readonly chunks: readonly Chunk[];
  readonly runs: number;
  /** A constant, or an i32 expression of at least 1. */
  readonly steps: number | Expression;
  readonly aStep: number;
  readonly bStep: number;
  readonly aGap: number;
  readonly bGap: number;
  /** All of that, again and again, each time with a further move of a. */
  readonly outer?: { readonly runs: number; readonly aGap: number };
  initial(row: number, chunk: Chunk): Expression;
}

/** Of one element. */
export const PRECISION_BYTES = { float32: 4, float16: 2, int8: 1 } as const satisfies Record<
  Precision,
  number
>;

/** Emits the reduction and returns the accumulators `[row][chunk]`. */
export function multiplyTile({ f, lanes }: Kernel, tile: MultiplyTile): Local[][] {
  const { a, b, bPrecision = 'float32', rowOffsets, chunks, runs, steps, aStep, bStep } = tile;
  const bElementBytes = PRECISION_BYTES[bPrecision];
  const sums = rowOffsets.map((_, row) =>
    chunks.map((chunk) => f.local(lanes.vector, tile.initial(row, chunk))),
  );
  const columns = chunks.map(() => f.local(lanes.vector));
  const element = f.local(lanes.vector);

  const loadB = lanes.loader(f, bPrecision);
  function step(): void {
    for (const [c, { first, valid }] of chunks.entries())
      f.set(columns[c]!, loadB(b, first * bElementBytes, valid));
    for (const [r, rowOffset] of rowOffsets.entries()) {
      f.set(element, lanes.loadSplat(a, rowOffset));
      for (const c of chunks.keys()) f.set(sums[r]![c]!, lanes.madd(element, columns[c]!, sums[r]![c]!));
    }
  }
  f.scope(() => {
    const end = f.local('i32');
    f.repeat(tile.outer?.runs ?? 1, () => {
      f.repeat(runs, () => {
        f.set(end, i32.add(b, typeof steps === 'number' ? steps * bStep : i32.mul(steps, bStep)));
        f.doWhile(() => {
          step();
          f.advance(a, aStep);
          f.advance(b, bStep);
          return i32.ne(b, end);
        });
        f.advance(a, tile.aGap);
        f.advance(b, tile.bGap);
      });
      f.advance(a, tile.outer?.aGap ?? 0);
    });
  });
  return sums;
}
