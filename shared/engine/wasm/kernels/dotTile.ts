// The tile under input gradients. Weights lie [.., inputs, outputs], so both operands are contiguous along the reduction over
// outputs: the tile keeps vectors of partial sums and adds up their lanes at the end; no transposed copy of the weights.

import type { Local } from '../code/assembler.ts';
import { f32x4, i32, v128, type Expression } from '../code/instructions.ts';
import type { Kernel } from './kernel.ts';
import type { Weight } from './weight.ts';

/**
 * sums[row][input] = sum over taps and outputs of dy[row, tap, output] * weight[tap, input, output], taps being walked
 * from the kernel's last to its first.
 */
interface DotTile {
  /** At the first row's first tap. Moved. */
  readonly dy: Local;
  readonly weight: Weight;
  /** At that tap's first input. Moved. */
  readonly weightRow: Local;
  readonly rowOffsets: readonly number[];
  readonly numInputs: number;
  /** From one input's weights to the next one's. */
  readonly weightRowBytes: number;
  readonly numOutputs: number;
  readonly taps: TapWalk;
}

/** Rows and inputs of a dot tile. Encoded weights take more instructions to load, so that fewer are loaded for more rows. */
export function dotShape(
  { lanes }: Kernel,
  { precision }: Weight,
): { readonly rows: number; readonly inputs: number } {
  if (precision === 'float32') return { rows: 2, inputs: lanes.width === 4 ? 4 : 2 };
  return { rows: 4, inputs: 2 };
}

/** How dy and weight move besides along the outputs. */
export interface TapWalk {
  readonly rows: number;
  readonly columns: number;
  readonly dyRowBytes: number;
  readonly dyColumnBytes: number;
  readonly weightRowBytes: number;
  readonly weightColumnBytes: number;
}

export function emitDotTile({ f, lanes }: Kernel, tile: DotTile): Local[][] {
  const { dy, weight, weightRow, rowOffsets, numInputs, numOutputs, taps } = tile;
  const sums = rowOffsets.map(() =>
    Array.from({ length: numInputs }, () => f.local(lanes.vector, lanes.constant(0))),
  );
  const scales = weight.scales === null ? null : f.local('i32');
  const loadWeight = lanes.loader(f, weight.precision);
  function step(valid: number): void {
    f.scope(() => {
      const gradients = rowOffsets.map((offset) => f.local(lanes.vector, lanes.load(dy, offset, valid)));
      const scale = scales && f.local(lanes.vector, lanes.load(scales, 0, valid));
      const factors = f.local(lanes.vector);
      for (let input = 0; input < numInputs; input++) {
        const elements = loadWeight(weightRow, input * tile.weightRowBytes, valid);
        f.set(factors, scale ? lanes.mul(elements, scale) : elements);
        for (const [row, gradient] of gradients.entries())
          f.set(sums[row]![input]!, lanes.madd(gradient, factors, sums[row]![input]!));
      }
      f.advance(dy, valid * 4);
      f.advance(weightRow, valid * weight.elementBytes);
      if (scales) f.advance(scales, valid * 4);
    });
  }
  const wholeSteps = Math.floor(numOutputs / lanes.width);
  const rest = numOutputs % lanes.width;
  f.repeat(taps.rows, () => {
    f.repeat(taps.columns, () => {
      f.scope(() => {
        if (scales) f.set(scales, weight.scales!);
        if (wholeSteps > 0) {
          const end = f.local('i32', i32.add(dy, wholeSteps * lanes.width * 4));
          f.doWhile(() => {
            step(lanes.width);
            return i32.ne(dy, end);
          });
        }
        if (rest > 0) step(rest);
        f.advance(dy, taps.dyColumnBytes - numOutputs * 4);
        f.advance(weightRow, taps.weightColumnBytes - numOutputs * weight.elementBytes);
      });
    });
    f.advance(dy, taps.dyRowBytes - taps.columns * taps.dyColumnBytes);
    f.advance(weightRow, taps.weightRowBytes - taps.columns * taps.weightColumnBytes);
  });
  return sums;
}

function lanesFrom(first: readonly number[], second: readonly number[]): number[] {
  return [...first, ...second.map((lane) => lane + 4)].flatMap((lane) =>
    [0, 1, 2, 3].map((byte) => lane * 4 + byte),
  );
}

/** One vector whose lane i is the sum of the lanes of vectors[i] (at most four of them). */
function addLanes({ f }: Kernel, vectors: readonly Local[]): Expression {
  const at = (index: number): Local => vectors[Math.min(index, vectors.length - 1)]!;
  function addPair(a: Local, b: Local): Local {
    const low = v128.shuffle(a, b, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
    const high = v128.shuffle(a, b, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
    return f.local('v128', f32x4.add(low, high));
  }
  const ab = addPair(at(0), at(1));
  const cd = addPair(at(2), at(3));
  return f32x4.add(
    v128.shuffle(ab, cd, lanesFrom([0, 1], [0, 1])),
    v128.shuffle(ab, cd, lanesFrom([2, 3], [2, 3])),
  );
}

/** Stores `sums[row][input]`, rows being `rowBytes` apart and inputs neighbours, or adds them to what is there. */
export function storeSums(
  kernel: Kernel,
  pointer: Local,
  rowBytes: number,
  sums: readonly (readonly Local[])[],
  accumulate: boolean,
): void {
  const { f, lanes } = kernel;
  if (lanes.width === 1) {
    for (const [row, sumsOfRow] of sums.entries())
      for (const [input, sum] of sumsOfRow.entries()) {
        const offset = row * rowBytes + input * 4;
        const gradient = accumulate ? lanes.add(lanes.load(pointer, offset, 1), sum) : sum;
        f.emit(lanes.store(pointer, offset, gradient, 1));
      }
    return;
  }
  const isPair = sums[0]!.length === 2;
  for (let row = 0; row < sums.length; row++) {
    const [first, second] = [sums[row]!, isPair ? sums[row + 1] : undefined];
    const offset = row * rowBytes;
    f.scope(() => {
      if (second === undefined) {
        const gradient = addLanes(kernel, first);
        const before = lanes.load(pointer, offset, first.length);
        const gradients = f.local('v128', accumulate ? lanes.add(before, gradient) : gradient);
        f.emit(lanes.store(pointer, offset, gradients, first.length));
        return;
      }
      // Two rows of two inputs fill one vector.
      row++;
      const gradient = addLanes(kernel, [...first, ...second]);
      const before = v128.load64Lane(pointer, offset + rowBytes, v128.load64Zero(pointer, offset), 1);
      const gradients = f.local('v128', accumulate ? lanes.add(before, gradient) : gradient);
      f.emit(v128.store64Lane(pointer, offset, gradients, 0));
      f.emit(v128.store64Lane(pointer, offset + rowBytes, gradients, 1));
    });
  }
}
