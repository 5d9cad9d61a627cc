// What every kernel emitter is given, and the byte distances in a tensor's layout.
// Knows nothing of any particular op.

import type { Activation } from '../../activations/activation.ts';
import type { ActivationFunction } from '../../activations/activationFunction.ts';
import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import type { ArenaTensor, Layout } from '../../tensors.ts';
import type { FunctionBody, Local } from '../code/assembler.ts';
import { i32 } from '../code/instructions.ts';
import type { Operand } from '../code/instructions.ts';
import type { Lanes } from '../code/lanes.ts';

/** Rows and columns of the accumulators that a matrix product keeps in registers: see multiplyTile. */
export interface RegisterTile {
  readonly rows: number;
  readonly columns: number;
}

/** The function being written for one op. All shapes and offsets are constants; its five parameters are not. */
export interface Kernel {
  readonly f: FunctionBody;
  readonly lanes: Lanes;
  readonly tile: RegisterTile;
  /** i32: samples in this micro-batch, at least 1. */
  readonly count: Local;
  /** f32: 1 / samples in the whole batch. */
  readonly scale: Local;
  /** f32. */
  readonly learningRate: Local;
  /** i32: index of this micro-batch's first sample in the batch. */
  readonly from: Local;
  /** i32: of the step, for dropout. */
  readonly seed: Local;
  /** All, or the common ones. */
  readonly activations: Readonly<Partial<Record<ActivationFunction, Activation>>>;
  /** Index of the module's `log(f32): f32`. */
  readonly log: number;
  tensor(id: number): ArenaTensor;
}

/** A float32 tensor with its layout in bytes. */
export interface Image {
  readonly layout: Layout;
  /** Address of element (0, 0, 0, 0) of this micro-batch, and `bytes` beyond it. */
  at(bytes: number): Operand;
  /** Address of this micro-batch's first sample, its border included. */
  readonly start: Operand;
  readonly sampleBytes: number;
  /** From one element row, or pixel, to the next. */
  readonly rowBytes: number;
  readonly pixelBytes: number;
  /** From one row of the buffer to the next (differs from rowBytes where step is 2). */
  readonly bufferRowBytes: number;
  /** Samples it has room for. */
  readonly capacity: number;
}

export function imageOf(kernel: Kernel, id: number): Image {
  const tensor = kernel.tensor(id);
  const { layout } = tensor;
  if (layout === null) throw new Error(`internal: tensor ${tensor.name} has no layout`);
  const bufferRowBytes = layout.columns * layout.channels * 4;
  const sampleBytes = layout.rows * bufferRowBytes;
  const borderBytes = layout.top * bufferRowBytes + layout.left * layout.channels * 4;
  const address = (bytes: number): Operand =>
    tensor.perBatch
      ? i32.add(i32.mul(kernel.from, sampleBytes), tensor.offset + bytes)
      : tensor.offset + bytes;
  return {
    layout,
    at: (bytes) => address(borderBytes + bytes),
    start: address(0),
    sampleBytes,
    rowBytes: layout.step * bufferRowBytes,
    pixelBytes: layout.step * layout.channels * 4,
    bufferRowBytes,
    capacity: (tensor.size * 4) / sampleBytes,
  };
}

/** Address of what output (0, 0) of a convolution reads first, and `bytes` beyond it. */
export function windowStart(x: Image, { padTop, padLeft }: ConvGeometry, bytes = 0): Operand {
  return x.at(bytes - padTop * x.bufferRowBytes - padLeft * x.pixelBytes);
}

/** Whether the pixels of all samples follow each other without a gap. */
export function isContiguous({ layout, pixelBytes, sampleBytes }: Image): boolean {
  return layout.step === 1 && sampleBytes === layout.height * layout.width * pixelBytes;
}

/** Whether the convolution is a matrix product over pixels, as far as its geometry goes. */
export function isPointwise({ kernelHeight, kernelWidth, stride, groups, padTop, padLeft }: ConvGeometry) {
  return kernelHeight * kernelWidth * stride * groups === 1 && padTop === 0 && padLeft === 0;
}

/** Each of several channels is convolved by itself, with one filter. */
export function isDepthwise({ inputChannels, filters, groups }: ConvGeometry): boolean {
  return groups > 1 && groups === inputChannels && filters === groups;
}

/** Neighbouring elements that one vector holds: `first` is their index, `valid` how many of the lanes exist. */
export interface Chunk {
  readonly first: number;
  readonly valid: number;
}

/** Cuts `total` neighbouring elements into vectors, the last one partial. */
export function chunksOf(total: number, lanes: Lanes): Chunk[] {
  const chunks: Chunk[] = [];
  for (let first = 0; first < total; first += lanes.width)
    chunks.push({ first, valid: Math.min(lanes.width, total - first) });
  return chunks;
}

/** Columns of a register tile: `times` equal tiles side by side, each of these chunks. */
export interface ColumnTiles {
  readonly first: number;
  readonly columns: number;
  readonly times: number;
  readonly chunks: readonly Chunk[];
}

/** Cuts `total` columns into as many tiles of `width` as go, then exactly the rest. */
export function columnTiles(total: number, width: number, lanes: Lanes): ColumnTiles[] {
  const times = Math.floor(total / width);
  const rest = total - times * width;
  const tiles: ColumnTiles[] = [];
  if (times > 0) tiles.push({ first: 0, columns: width, times, chunks: chunksOf(width, lanes) });
  if (rest > 0) tiles.push({ first: times * width, columns: rest, times: 1, chunks: chunksOf(rest, lanes) });
  return tiles;
}

/** Heights of tiles by which any number of rows up to `capacity` can be made, largest first. */
export function rowTiles(most: number, capacity: number): number[] {
  return [...new Set([most, 4, 2, 1])].filter((rows) => rows <= Math.min(most, capacity));
}

/** Calls `body` for each sample of the micro-batch; the pointers move on by a sample each time. */
export function forEachSample(
  kernel: Kernel,
  pointers: readonly (readonly [pointer: Local, sampleBytes: number])[],
  body: () => void,
): void {
  kernel.f.repeat(kernel.count, () => {
    body();
    for (const [pointer, sampleBytes] of pointers) kernel.f.advance(pointer, sampleBytes);
  });
}
