// Ops that look at each element by itself: relu, relu gradient from values, copy, clear, applyAccumulator.

import type { Layout, Op } from '../../plan.ts';
import { fillZero, i32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { chunksOf, forEachSample, imageOf } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';

/** Vectors handled by one turn of a loop over neighbouring elements. */
const VECTORS = 4;

/** Calls `body` for all vectors of `numElements` neighbours; it reads and writes at its pointers + `offset`, which then move on. */
function forEachVector(
  { f, lanes }: Kernel,
  pointers: readonly Local[],
  numElements: number,
  body: (offset: number, chunk: Chunk) => void,
): void {
  const perTurn = VECTORS * lanes.width;
  for (const [elements, times] of [
    [perTurn, Math.floor(numElements / perTurn)],
    [numElements % perTurn, 1],
  ] as const) {
    if (elements === 0) continue;
    f.repeat(times, () => {
      for (const chunk of chunksOf(elements, lanes)) f.scope(() => body(chunk.first * 4, chunk));
      for (const pointer of pointers) f.advance(pointer, elements * 4);
    });
  }
}

/** How many rows, runs a row and neighbouring elements a run all of these images have in common. */
function commonRuns(images: readonly Image[]): { rows: number; runs: number; elements: number } {
  const { height, width, channels } = images[0]!.layout;
  if (images.every((image) => image.layout.step === 1)) {
    const contiguous = images.every((image) => image.rowBytes === width * channels * 4);
    return contiguous
      ? { rows: 1, runs: 1, elements: height * width * channels }
      : { rows: height, runs: 1, elements: width * channels };
  }
  return { rows: height, runs: width, elements: channels };
}

/** Calls `body` for the vectors of all elements (not the borders) of images of equal height, width and channels. */
function forEachElement(
  kernel: Kernel,
  images: readonly Image[],
  body: (pointers: readonly Local[], offset: number, chunk: Chunk) => void,
): void {
  const { f } = kernel;
  const { rows, runs, elements } = commonRuns(images);
  const samples = images.map((image) => f.local('i32', image.first));
  const lines = images.map(() => f.local('i32'));
  const pointers = images.map(() => f.local('i32'));
  forEachSample(
    kernel,
    images.map((image, i) => [samples[i]!, image.sampleBytes] as const),
    () => {
      for (const [i, sample] of samples.entries()) f.set(lines[i]!, sample);
      f.repeat(rows, () => {
        for (const [i, line] of lines.entries()) f.set(pointers[i]!, line);
        f.repeat(runs, () => {
          forEachVector(kernel, pointers, elements, (offset, chunk) => body(pointers, offset, chunk));
          for (const [i, image] of images.entries())
            f.advance(pointers[i]!, runs === 1 ? 0 : image.pixelBytes - elements * 4);
        });
        for (const [i, image] of images.entries()) f.advance(lines[i]!, image.rowBytes);
      });
    },
  );
}

export function emitRelu(kernel: Kernel, op: Extract<Op, { kind: 'relu' }>): void {
  const { f, lanes } = kernel;
  const zero = f.local(lanes.vector, lanes.constant(0));
  forEachElement(kernel, [imageOf(kernel, op.x)], ([x], offset, { valid }) => {
    const value = f.local(lanes.vector, lanes.load(x!, offset, valid));
    f.set(value, lanes.max(value, zero));
    f.emit(lanes.store(x!, offset, value, valid));
  });
}

export function emitCopy(kernel: Kernel, op: Extract<Op, { kind: 'copy' }>): void {
  const { f, lanes } = kernel;
  const images = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  forEachElement(kernel, images, ([x, y], offset, { valid }) => {
    const value = f.local(lanes.vector, lanes.load(x!, offset, valid));
    f.emit(lanes.store(y!, offset, value, valid));
  });
}

/** dy = 0 where the activation was not positive, element by element between the two layouts. */
export function emitReluGradFromValues(kernel: Kernel, op: Extract<Op, { kind: 'reluGrad' }>): void {
  const { f, lanes } = kernel;
  const zero = f.local(lanes.vector, lanes.constant(0));
  const images = [imageOf(kernel, op.dy), imageOf(kernel, op.source)];
  forEachElement(kernel, images, ([dy, source], offset, { valid }) => {
    const positive = f.local(lanes.mask, lanes.greater(lanes.load(source!, offset, valid), zero));
    const value = f.local(lanes.vector, lanes.load(dy!, offset, valid));
    f.set(value, lanes.keep(positive, value));
    f.emit(lanes.store(dy!, offset, value, valid));
  });
}

/** Elements of one sample that are border, as [first, length] from the sample's start, with repetitions. */
function borderRuns({ height, width, channels, rows, columns, top, left }: Layout): {
  readonly head: number;
  readonly between: number;
  readonly betweenTimes: number;
  readonly tail: number;
} {
  return {
    head: (top * columns + left) * channels,
    between: (columns - width) * channels,
    betweenTimes: height - 1,
    tail: ((rows - top - height) * columns + columns - left - width) * channels,
  };
}

export function emitClear(kernel: Kernel, op: Extract<Op, { kind: 'clear' }>): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const start = kernel.tensor(op.x).offset;
  if (op.what === 'all') {
    f.emit(fillZero(start, i32.mul(kernel.count, x.sampleBytes)));
    return;
  }
  if (x.layout.step > 1) throw new Error('internal: a zero-stuffed tensor has no border to clear alone');
  const zero = f.local(lanes.vector, lanes.constant(0));
  const { head, between, betweenTimes, tail } = borderRuns(x.layout);
  const pointer = f.local('i32', start);
  function clear(numElements: number): void {
    forEachVector(kernel, [pointer], numElements, (offset, { valid }) =>
      f.emit(lanes.store(pointer, offset, zero, valid)),
    );
  }
  f.repeat(kernel.count, () => {
    clear(head);
    f.repeat(betweenTimes, () => {
      f.advance(pointer, x.layout.width * x.layout.channels * 4);
      clear(between);
    });
    f.advance(pointer, x.layout.width * x.layout.channels * 4);
    clear(tail);
  });
}

/** weight -= learningRate * accumulator; accumulator = 0. */
export function emitApplyAccumulator(kernel: Kernel, op: Extract<Op, { kind: 'applyAccumulator' }>): void {
  const { f, lanes } = kernel;
  const zero = f.local(lanes.vector, lanes.constant(0));
  const rate = f.local(lanes.vector, lanes.splat(kernel.learningRate));
  const weight = f.local('i32', kernel.tensor(op.weight).offset);
  const accumulator = f.local('i32', kernel.tensor(op.accumulator).offset);
  forEachVector(kernel, [weight, accumulator], kernel.tensor(op.weight).size, (offset, { valid }) => {
    const load = (pointer: Local): Expression => lanes.load(pointer, offset, valid);
    const moved = f.local(lanes.vector, lanes.nmadd(load(accumulator), rate, load(weight)));
    f.emit(lanes.store(weight, offset, moved, valid));
    f.emit(lanes.store(accumulator, offset, zero, valid));
  });
}
