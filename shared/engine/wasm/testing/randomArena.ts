// An arena of random tensors with guard bytes between them, for ops to be tried in.

import type { Random } from '../../../random.ts';
import type { ArenaTensor, ElementType, Layout, Matrix } from '../../tensors.ts';
import { weightBytes } from '../../weightCodec.ts';

/** Index in the batch of the micro-batch's first sample: some images hold the whole batch. */
export const FIRST_SAMPLE = 5;
const GUARD_BYTES = 64;
const ELEMENT_BYTES = { float32: 4, uint8: 1, float64: 8 };
const PRECISIONS = ['float32', 'float32', 'float16', 'int8'] as const;

/** Random tensors with guard bytes between them, and what the op will be run with. */
export class RandomArena {
  readonly tensors: ArenaTensor[] = [];
  readonly random: Random;
  readonly capacity: number;
  readonly count: number;
  #end = 0;

  constructor(random: Random) {
    this.random = random;
    this.capacity = 1 + random.integer(7);
    this.count = 1 + random.integer(this.capacity);
  }

  get bytes(): number {
    return this.#end;
  }

  flat(
    size: number,
    elementType: keyof typeof ELEMENT_BYTES = 'float32',
    layout: Layout | null = null,
    matrix: Matrix | null = null,
    perBatch = false,
  ): number {
    return this.#add(size, size * ELEMENT_BYTES[elementType], elementType, layout, matrix, perBatch);
  }

  #add(
    size: number,
    bytes: number,
    elementType: ElementType,
    layout: Layout | null,
    matrix: Matrix | null,
    perBatch: boolean,
  ): number {
    const id = this.tensors.length;
    const offset = this.#end;
    this.tensors.push({
      id,
      name: `tensor${id}`,
      role: 'activation',
      elementType,
      matrix,
      layout,
      perBatch,
      size,
      bytes,
      offset,
    });
    this.#end = Math.ceil((offset + bytes) / 16) * 16 + GUARD_BYTES;
    return id;
  }

  image(layout: Layout): number {
    const perBatch = this.random.integer(4) === 0;
    const samples = this.capacity + (perBatch ? FIRST_SAMPLE : 0);
    return this.flat(samples * sampleSize(layout), 'float32', layout, null, perBatch);
  }

  features(size: number): number {
    return this.image(compact(1, 1, size));
  }

  weight(matrix: Matrix): number {
    return this.flat(matrix.positions * matrix.inputs * matrix.outputs, 'float32', null, matrix);
  }

  /** A weight that no op writes, in any precision that it may be frozen in. */
  frozenWeight(matrix: Matrix, canBeEncoded = true): number {
    const precision = canBeEncoded ? this.pick(PRECISIONS) : 'float32';
    const size = matrix.positions * matrix.inputs * matrix.outputs;
    return this.#add(size, weightBytes(matrix, precision), precision, null, matrix, false);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.random.integer(items.length)]!;
  }

  chance(): boolean {
    return this.random.integer(2) === 0;
  }

  upTo(most: number): number {
    return 1 + this.random.integer(most);
  }
}

/** Elements of one sample, the border included. */
export function sampleSize({ rows, columns, channels }: Layout): number {
  return rows * columns * channels;
}

export function compact(height: number, width: number, channels: number): Layout {
  return { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
}
