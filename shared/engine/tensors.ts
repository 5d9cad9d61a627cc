// The tensors of an arena: what they hold, how they lie, where.

/**
 * How the arena holds a weight that is frozen (`encodeWeight`); what is trained is float32 always:
 * - `float16`: IEEE binary16, 2 bytes an element
 * - `int8`: `[outputs]` float32 scales, then 1 byte an element; element = scale of its output x byte (signed)
 */
export type Precision = 'float32' | 'float16' | 'int8';

export type ElementType = Precision | 'uint8' | 'float64';

/**
 * Where element `(n, i, j, c)` of a float32 image tensor lies, in elements from its start:
 * `((n * rows + top + i * step) * columns + left + j * step) * channels + c`.
 * Everything else inside `rows x columns` is a border that must read as zero. Compact means
 * rows = height, columns = width, top = left = 0, step = 1. Dense activations are 1 x 1 x features.
 */
export interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly top: number;
  readonly left: number;
  /** Distance between neighbours: 2 for the zero-stuffed output gradient of a stride-2 convolution. */
  readonly step: number;
}

export type TensorRole =
  | 'metrics'
  | 'parameter'
  | 'base'
  | 'accumulator'
  | 'input'
  | 'labels'
  | 'activation'
  | 'argmax'
  | 'mask'
  | 'stats'
  | 'gradient';

/** A weight as `positions` (kernel pixels; 1 for dense) matrices of inputs x outputs; biases, scales and shifts have one row. */
export interface Matrix {
  readonly positions: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** One tensor of the arena. Offsets are multiples of 16 bytes, except in the base region, which is packed. */
export interface ArenaTensor {
  readonly id: number;
  readonly name: string;
  readonly role: TensorRole;
  readonly elementType: ElementType;
  /** Of a parameter: `[positions, inputs, outputs]`, row-major, as schemes see it; null for all others. */
  readonly matrix: Matrix | null;
  /** Per-sample layout of activations and gradients (leading axis: the micro-batch); null for all others. */
  readonly layout: Layout | null;
  /**
   * Holds all samples of the batch rather than of a micro-batch: sample n of an op lies at `from + n`. Programs that run
   * once a batch have from = 0 and count = all samples.
   */
  readonly perBatch: boolean;
  /** Number of elements, all samples that it holds included, the scales of int8 not. */
  readonly size: number;
  readonly bytes: number;
  readonly offset: number;
}
