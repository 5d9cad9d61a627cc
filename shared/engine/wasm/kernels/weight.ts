// A weight as kernels read it, in whatever precision the arena holds it, and the tile that multiplies by it.
// Knows nothing of convolutions or dense layers.

import type { Precision } from '../../tensors.ts';
import type { Local } from '../code/assembler.ts';
import { i32 } from '../code/instructions.ts';
import type { Chunk, Kernel } from './kernel.ts';
import { multiplyTile } from './multiplyTile.ts';
import type { MultiplyTile } from './multiplyTile.ts';

export interface Weight {
  readonly precision: Precision;
  /** Address of the first element. */
  readonly address: number;
  readonly elementBytes: 1 | 2 | 4;
  /** Address of the float32 scales, one an output, by which elements are yet to be multiplied; null where they are not. */
  readonly scales: number | null;
}

export function weightOf(kernel: Kernel, id: number): Weight {
  const { offset, elementType, matrix, name } = kernel.tensor(id);
  switch (elementType) {
    case 'float32':
      return { precision: elementType, address: offset, elementBytes: 4, scales: null };
    case 'float16':
      return { precision: elementType, address: offset, elementBytes: 2, scales: null };
    case 'int8':
      return {
        precision: elementType,
        address: offset + matrix!.outputs * 4,
        elementBytes: 1,
        scales: offset,
      };
    case 'uint8':
    case 'float64':
      throw new Error(`internal: ${name} in ${elementType} cannot be a weight`);
    default:
      throw new Error(`internal: element type ${String(elementType satisfies never)}`);
  }
}

/** Weight and bias of an op, with a pointer at a tile's first output in each. */
export interface Affine {
  readonly weight: Weight;
  readonly weightColumn: Local;
  readonly biasColumn: Local;
  /** Address of the bias of the weight's first output. */
  readonly bias: number;
}

/** `firstOutput`: the output that the weight's first one is. */
export function createAffine(kernel: Kernel, weightId: number, biasId: number, firstOutput = 0): Affine {
  const { f } = kernel;
  return {
    weight: weightOf(kernel, weightId),
    weightColumn: f.local('i32'),
    biasColumn: f.local('i32'),
    bias: kernel.tensor(biasId).offset + firstOutput * 4,
  };
}

/** Points at that output; all elements of the weight's first row are neighbours. */
export function startColumns({ f }: Kernel, affine: Affine, output: number): void {
  f.set(affine.weightColumn, affine.weight.address + output * affine.weight.elementBytes);
  f.set(affine.biasColumn, affine.bias + output * 4);
}

export function advanceColumns({ f }: Kernel, affine: Affine, outputs: number): void {
  f.advance(affine.weightColumn, outputs * affine.weight.elementBytes);
  f.advance(affine.biasColumn, outputs * 4);
}

/** Emits `x * weight + bias` for a tile: see MultiplyTile, `b` being the weight from the tile's first output on. */
export function affineTile(
  kernel: Kernel,
  { weight, weightColumn, biasColumn, bias }: Affine,
  numOutputs: number,
  tile: Omit<MultiplyTile, 'bPrecision' | 'bStep' | 'bGap' | 'initial'>,
): Local[][] {
  const { f, lanes } = kernel;
  const { scales, precision, elementBytes } = weight;
  const biasOf = ({ first, valid }: Chunk) => lanes.load(biasColumn, first * 4, valid);
  f.set(tile.b, weightColumn);
  const sums = multiplyTile(kernel, {
    ...tile,
    bPrecision: precision,
    bStep: numOutputs * elementBytes,
    bGap: 0,
    initial: (_, chunk) => (scales === null ? biasOf(chunk) : lanes.constant(0)),
  });
  if (scales === null) return sums;
  f.scope(() => {
    const scaleColumn = f.local('i32', i32.add(biasColumn, scales - bias));
    const [scale, shift] = [f.local(lanes.vector), f.local(lanes.vector)];
    for (const [c, chunk] of tile.chunks.entries()) {
      f.set(scale, lanes.load(scaleColumn, chunk.first * 4, chunk.valid));
      f.set(shift, biasOf(chunk));
      for (const row of sums) f.set(row[c]!, lanes.madd(row[c]!, scale, shift));
    }
  });
  return sums;
}
