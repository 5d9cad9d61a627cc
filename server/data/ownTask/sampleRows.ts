// The numbers of all samples, `[count, size]`, as exactly as they came and no wider than that takes. Knows nothing of files.

export type Numbers = Uint8Array | Float32Array | Float64Array;

export interface SampleRows {
  readonly count: number;
  /** Numbers of a sample. */
  readonly size: number;
  /** A view; not to be written to. */
  row(sample: number): Numbers;
  /** All of them in one piece, where they are bytes. */
  readonly bytes: Uint8Array | null;
}

/** `values`: `[count, size]`, kept as they are. */
export function sampleRowsOf(values: Numbers, count: number): SampleRows {
  const size = values.length / count;
  return {
    count,
    size,
    row: (sample) => values.subarray(sample * size, (sample + 1) * size),
    bytes: values instanceof Uint8Array ? values : null,
  };
}

const BLOCK_NUMBERS = 2 ** 16;

export interface RowBuilder {
  /** The next row, `size` numbers, to be written before `add`; it is used again. */
  readonly next: Float64Array;
  add(): void;
  /** No more may be added. */
  build(): SampleRows;
}

/** Rows that come one by one, kept in blocks: bytes or float32 where those hold every number of a block exactly, else float64. */
export function createRowBuilder(size: number): RowBuilder {
  const perBlock = Math.max(1, Math.floor(BLOCK_NUMBERS / size));
  const next = new Float64Array(size);
  const block = new Float64Array(perBlock * size);
  const blocks: Numbers[] = [];
  let inBlock = 0;
  return {
    next,
    add() {
      block.set(next, inBlock * size);
      if (++inBlock < perBlock) return;
      blocks.push(pack(block));
      inBlock = 0;
    },
    build() {
      const count = blocks.length * perBlock + inBlock;
      blocks.push(pack(block.subarray(0, inBlock * size)));
      return {
        count,
        size,
        row(sample) {
          const at = (sample % perBlock) * size;
          return blocks[Math.floor(sample / perBlock)]!.subarray(at, at + size);
        },
        bytes: null,
      };
    },
  };
}

function pack(values: Float64Array): Numbers {
  let isBytes = true;
  for (const value of values) {
    if (Math.fround(value) !== value) return values.slice();
    isBytes &&= value === (value & 255);
  }
  return isBytes ? new Uint8Array(values) : new Float32Array(values);
}
