// Loops over all elements of images, or of the slices of weights, a vector at a time. Knows nothing of what is done to them.

import { lengthOf, type Range } from '../../range.ts';
import type { Matrix } from '../../tensors.ts';
import type { Local } from '../code/assembler.ts';
import { chunksOf, forEachSample } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';

/** Vectors handled by one turn of a loop over neighbouring elements. */
const VECTORS = 4;

/** Calls `body` for all vectors of `numElements` neighbours; it reads and writes at its pointers + `offset`, which then move on. */
export function forEachVector(
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
export function forEachElement(
  kernel: Kernel,
  images: readonly Image[],
  body: (pointers: readonly Local[], offset: number, chunk: Chunk) => void,
): void {
  const { f } = kernel;
  const { rows, runs, elements } = commonRuns(images);
  const samples = images.map((image) => f.local('i32', image.at(0)));
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

/** Calls `body` for the vectors of the slice of a weight and of the tensors that are packed like the slice. */
export function forEachInSlice(
  kernel: Kernel,
  weightId: number,
  { inputs, outputs }: { readonly inputs: Range; readonly outputs: Range },
  packedIds: readonly number[],
  body: (weight: Local, packed: readonly Local[], offset: number, chunk: Chunk) => void,
): void {
  const { f } = kernel;
  const { matrix, offset, name } = kernel.tensor(weightId);
  if (matrix === null) throw new Error(`internal: tensor ${name} is no parameter`);
  const packed = packedIds.map((id) => f.local('i32', kernel.tensor(id).offset));
  const weight = f.local('i32', offset + (inputs[0] * matrix.outputs + outputs[0]) * 4);
  const { positions, rows, elements } = sliceRuns(matrix, lengthOf(inputs), lengthOf(outputs));
  f.repeat(positions, () => {
    f.repeat(rows, () => {
      forEachVector(kernel, [weight, ...packed], elements, (at, chunk) => body(weight, packed, at, chunk));
      f.advance(weight, rows === 1 ? 0 : (matrix.outputs - elements) * 4);
    });
    const done = rows === 1 ? elements : rows * matrix.outputs;
    f.advance(weight, positions === 1 ? 0 : (matrix.inputs * matrix.outputs - done) * 4);
  });
}

/** The slice as runs of neighbouring elements, as few as there can be. */
function sliceRuns({ positions, inputs, outputs }: Matrix, rows: number, columns: number) {
  if (columns < outputs) return { positions, rows, elements: columns };
  if (rows < inputs) return { positions, rows: 1, elements: rows * columns };
  return { positions: 1, rows: 1, elements: positions * inputs * outputs };
}
