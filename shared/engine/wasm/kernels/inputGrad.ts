// Input gradients. Weights lie [.., inputs, outputs], so both operands are contiguous along the reduction over outputs:
// the tile keeps vectors of partial sums and adds up their lanes at the end; no transposed copy of the weights.

import type { Op } from '../../plan.ts';
import { f32x4, i32, v128 } from '../instructions.ts';
import type { Expression, Operand } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { columnTiles, forEachSample, imageOf, isContiguous, isPointwise, rowTiles } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { parityClasses } from './parity.ts';
import type { ParityClass } from './parity.ts';
import { forEachRowBlock } from './rowBlocks.ts';
import { weightOf } from './weight.ts';
import type { Weight } from './weight.ts';

/** dy of a block of rows is read once for each tile of inputs: it should stay in the second cache. */
const BLOCK_BYTES = 256 * 1024;

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
function dotShape(
  { lanes }: Kernel,
  { precision }: Weight,
): { readonly rows: number; readonly inputs: number } {
  if (precision === 'float32') return { rows: 2, inputs: lanes.width === 4 ? 4 : 2 };
  return { rows: 4, inputs: 2 };
}

/** How dy and weight move besides along the outputs. */
interface TapWalk {
  readonly rows: number;
  readonly columns: number;
  readonly dyRowBytes: number;
  readonly dyColumnBytes: number;
  readonly weightRowBytes: number;
  readonly weightColumnBytes: number;
}

const ONE_TAP: TapWalk = {
  rows: 1,
  columns: 1,
  dyRowBytes: 0,
  dyColumnBytes: 0,
  weightRowBytes: 0,
  weightColumnBytes: 0,
};

function emitDotTile({ f, lanes }: Kernel, tile: DotTile): Local[][] {
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
function storeSums(
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

export function emitConv2dInputGrad(kernel: Kernel, op: Extract<Op, { kind: 'conv2dInputGrad' }>): void {
  const { geometry, accumulate } = op;
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  if (isPointwise(geometry) && isContiguous(dy) && isContiguous(dx)) {
    const pixels = dx.layout.height * dx.layout.width;
    return emitMatrixInputGrad(kernel, {
      dy: dy.at(0),
      weight: weightOf(kernel, op.weight),
      dx: dx.at(0),
      rows: i32.mul(kernel.count, pixels),
      capacity: dx.capacity * pixels,
      inputs: geometry.inputChannels,
      outputs: geometry.filters,
      accumulate,
    });
  }
  const { f } = kernel;
  const dySample = f.local('i32', dy.start);
  const dxSample = f.local('i32', dx.at(0));
  forEachSample(
    kernel,
    [
      [dySample, dy.sampleBytes],
      [dxSample, dx.sampleBytes],
    ],
    () => {
      for (const parity of parityClasses(geometry, dy.layout, dx.layout))
        f.scope(() => emitParityClass(kernel, op, parity, dySample, dxSample));
    },
  );
}

/** The outputs of one parity, of one sample. */
function emitParityClass(
  kernel: Kernel,
  { geometry, accumulate, ...op }: Extract<Op, { kind: 'conv2dInputGrad' }>,
  { rows, columns, step }: ParityClass,
  dySample: Local,
  dxSample: Local,
): void {
  const { f, lanes } = kernel;
  const weight = weightOf(kernel, op.weight);
  const tileShape = dotShape(kernel, weight);
  const [rowTap, columnTap] = [rows.taps[0], columns.taps[0]];
  const isEmpty = rowTap === undefined || columnTap === undefined;
  if (isEmpty && accumulate) return;
  const { kernelWidth, inputChannels, filters, groups } = geometry;
  const [dy, dx] = [imageOf(kernel, op.dy), imageOf(kernel, op.dx)];
  const [inputsPerGroup, filtersPerGroup] = [inputChannels / groups, filters / groups];
  const [dyPixelBytes, weightRowBytes] = [filters * 4, filters * weight.elementBytes];
  const positionBytes = inputsPerGroup * weightRowBytes;
  const taps: TapWalk = {
    rows: isEmpty ? 0 : rows.taps.length,
    columns: columns.taps.length,
    dyRowBytes: step * dy.bufferRowBytes,
    dyColumnBytes: step * dyPixelBytes,
    weightRowBytes: -step * kernelWidth * positionBytes,
    weightColumnBytes: -step * positionBytes,
  };
  const firstPosition = isEmpty ? 0 : rowTap.kernel * kernelWidth + columnTap.kernel;
  const dyFirst =
    (rows.first + (rowTap?.at ?? 0)) * dy.bufferRowBytes +
    (columns.first + (columnTap?.at ?? 0)) * dyPixelBytes;
  const dxFirst = rows.first * dx.rowBytes + columns.first * dx.pixelBytes;
  const [dyRow, dxRow, dyPixel, dxPixel] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const [a, b] = [f.local('i32'), f.local('i32')];

  for (const { first, columns: inputs, times } of columnTiles(inputsPerGroup, tileShape.inputs, lanes)) {
    f.scope(() => {
      const weightColumn = f.local(
        'i32',
        weight.address + firstPosition * positionBytes + first * weightRowBytes,
      );
      const dyGroup = f.local('i32', i32.add(dySample, dyFirst));
      const dxColumn = f.local('i32', i32.add(dxSample, dxFirst + first * 4));
      const emitPixels = (pixels: number): void => {
        f.scope(() => {
          f.set(a, dyPixel);
          f.set(b, weightColumn);
          const sums = emitDotTile(kernel, {
            dy: a,
            weight,
            weightRow: b,
            rowOffsets: Array.from({ length: pixels }, (_, pixel) => pixel * step * dyPixelBytes),
            numInputs: inputs,
            weightRowBytes,
            numOutputs: filtersPerGroup,
            taps,
          });
          storeSums(kernel, dxPixel, step * dx.pixelBytes, sums, accumulate);
          f.advance(dyPixel, pixels * step * dyPixelBytes);
          f.advance(dxPixel, pixels * step * dx.pixelBytes);
        });
      };
      f.repeat(groups, () => {
        f.repeat(times, () => {
          f.set(dyRow, dyGroup);
          f.set(dxRow, dxColumn);
          f.repeat(rows.count, () => {
            f.set(dyPixel, dyRow);
            f.set(dxPixel, dxRow);
            f.repeat(Math.floor(columns.count / tileShape.rows), () => emitPixels(tileShape.rows));
            if (columns.count % tileShape.rows > 0) emitPixels(columns.count % tileShape.rows);
            f.advance(dyRow, step * dy.bufferRowBytes);
            f.advance(dxRow, step * dx.rowBytes);
          });
          f.advance(weightColumn, inputs * weightRowBytes);
          f.advance(dxColumn, inputs * 4);
        });
        f.advance(weightColumn, filtersPerGroup * weight.elementBytes - times * inputs * weightRowBytes);
        f.advance(dxColumn, (inputsPerGroup - times * inputs) * 4);
        f.advance(dyGroup, filtersPerGroup * 4);
      });
    });
  }
}

/** dx[rows, inputs] = dy[rows, outputs] * transposed weight[inputs, outputs], or added to dx. */
interface MatrixInputGrad {
  readonly dy: Operand;
  readonly weight: Weight;
  readonly dx: Operand;
  /** i32, at least 1. */
  readonly rows: Expression;
  /** Most rows that there can be. */
  readonly capacity: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly accumulate: boolean;
}

function emitMatrixInputGrad(kernel: Kernel, product: MatrixInputGrad): void {
  const { f, lanes } = kernel;
  const { inputs, outputs, capacity, weight } = product;
  const tileShape = dotShape(kernel, weight);
  const [dyBytes, dxBytes, weightRowBytes] = [outputs * 4, inputs * 4, outputs * weight.elementBytes];
  const dyBlock = f.local('i32', product.dy);
  const dxBlock = f.local('i32', product.dx);
  const [weightColumn, dxColumn, dyRow, dxRow, left, a, b] = [
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const blockRows = Math.max(4, Math.floor(BLOCK_BYTES / dyBytes / 4) * 4);
  forEachRowBlock(kernel, product.rows, capacity, blockRows, (rowsOfBlock) => {
    f.set(weightColumn, weight.address);
    f.set(dxColumn, dxBlock);
    for (const { columns, times } of columnTiles(inputs, tileShape.inputs, lanes))
      f.repeat(times, () => {
        f.set(dyRow, dyBlock);
        f.set(dxRow, dxColumn);
        f.set(left, rowsOfBlock);
        for (const rows of rowTiles(tileShape.rows, capacity)) {
          f.whileAtLeast(left, rows, () => {
            f.scope(() => {
              f.set(a, dyRow);
              f.set(b, weightColumn);
              const sums = emitDotTile(kernel, {
                dy: a,
                weight,
                weightRow: b,
                rowOffsets: Array.from({ length: rows }, (_, row) => row * dyBytes),
                numInputs: columns,
                weightRowBytes,
                numOutputs: outputs,
                taps: ONE_TAP,
              });
              storeSums(kernel, dxRow, dxBytes, sums, product.accumulate);
            });
            f.advance(dyRow, rows * dyBytes);
            f.advance(dxRow, rows * dxBytes);
          });
        }
        f.advance(weightColumn, columns * weightRowBytes);
        f.advance(dxColumn, columns * 4);
      });
    f.set(dyBlock, dyRow);
    f.advance(dxBlock, blockRows * dxBytes);
  });
}

export function emitDenseInputGrad(kernel: Kernel, op: Extract<Op, { kind: 'denseInputGrad' }>): void {
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  emitMatrixInputGrad(kernel, {
    dy: dy.at(0),
    weight: weightOf(kernel, op.weight),
    dx: dx.at(0),
    rows: kernel.count,
    capacity: dy.capacity,
    inputs: dx.sampleBytes / 4,
    outputs: dy.sampleBytes / 4,
    accumulate: false,
  });
}
