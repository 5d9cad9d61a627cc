// What the kernels of group norms share. Each span of channels of a sample is walked pixel by pixel, vectors along channels:
// a group, or, where groups are smaller than a vector, the groups of one vector or two.

import type { Local } from '../code/assembler.ts';
import { f32, v128, type Expression } from '../code/instructions.ts';
import { forEachVector } from './elements.ts';
import { forEachSample, type Chunk, type Image, type Kernel } from './kernel.ts';

interface Span {
  readonly channels: number;
  readonly perGroup: number;
  /** Vectors of statistics: lane l of vector v is of the group of channel 4 v + l; a single one, all lanes alike, for a group. */
  readonly numVectors: number;
  readonly isPacked: boolean;
}

export function spanOf({ lanes }: Kernel, channels: number, groups: number): Span {
  const perGroup = channels / groups;
  if (lanes.width < 4 || 4 % perGroup !== 0 || channels % 4 !== 0)
    return { channels: perGroup, perGroup, numVectors: 1, isPacked: false };
  const numVectors = channels % 8 === 0 ? 2 : 1;
  return { channels: 4 * numVectors, perGroup, numVectors, isPacked: true };
}

/** Accumulators by `chunk.first / lanes.width`, so that additions do not wait for each other. */
export function createSums({ f, lanes }: Kernel, { channels }: Span): Local[] {
  const numSums = Math.min(4, Math.ceil(channels / lanes.width));
  return Array.from({ length: numSums }, () => f.local(lanes.vector, lanes.constant(0)));
}

/** The vector that goes with a chunk: its own, or the only one. */
export function ofChunk({ lanes }: Kernel, vectors: readonly Local[], { first }: Chunk): Local {
  return vectors[vectors.length === 1 ? 0 : first / lanes.width]!;
}

/** Turns sums over lanes and vectors into statistics: in each lane the sum over its group, times `share`. */
export function averageGroups(
  kernel: Kernel,
  { isPacked, perGroup }: Span,
  sums: readonly Local[],
  share: number,
) {
  const { f, lanes } = kernel;
  if (!isPacked) for (const sum of sums.slice(1)) f.set(sums[0]!, lanes.add(sums[0]!, sum));
  for (const sum of isPacked ? sums : sums.slice(0, 1)) {
    if (isPacked && perGroup === 2)
      f.set(sum, lanes.add(sum, v128.shuffle(sum, sum, bytesOfLanes([1, 0, 3, 2]))));
    else if (!isPacked || perGroup === 4) f.set(sum, lanes.splat(sumOfLanes(kernel, sum)));
    f.set(sum, lanes.mul(sum, lanes.constant(share)));
  }
}

/** Means (`which` = 0) or rates (1) of the span from `stats`, where they lie by twos. */
export function loadStatistics({ f, lanes }: Kernel, span: Span, stats: Local, which: 0 | 1): Local[] {
  const { numVectors, isPacked, perGroup } = span;
  return Array.from({ length: numVectors }, (_, vector) => {
    if (!isPacked) return f.local(lanes.vector, lanes.loadSplat(stats, which * 4));
    const at = (vector * 4 * 8) / perGroup;
    const low = lanes.load(stats, at, perGroup === 4 ? 2 : 4);
    const high = perGroup === 1 ? lanes.load(stats, at + 16, 4) : low;
    const picked = [0, 1, 2, 3].map((lane) => 2 * Math.floor(lane / perGroup) + which);
    return f.local(lanes.vector, v128.shuffle(low, high, bytesOfLanes(picked)));
  });
}

export function storeStatistics(
  { f, lanes }: Kernel,
  span: Span,
  stats: Local,
  values: readonly Local[],
  which: 0 | 1,
) {
  const perVector = span.isPacked ? 4 / span.perGroup : 1;
  for (const [vector, value] of values.entries())
    for (let group = 0; group < perVector; group++) {
      const offset = ((vector * perVector + group) * 2 + which) * 4;
      f.emit(f32.store(stats, offset, lanes.extract(value, group * span.perGroup)));
    }
}

export function statsBytes({ channels, perGroup }: Span): number {
  return (channels / perGroup) * 8;
}

function bytesOfLanes(picked: readonly number[]): number[] {
  return picked.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));
}

/** Calls `body` for each span of each sample, its pointers at the span's first channel of pixel (0, 0); `channel` is 4 x that channel. */
export function forEachSpan(
  kernel: Kernel,
  images: readonly Image[],
  { channels }: Span,
  body: (span: { readonly pointers: readonly Local[]; readonly channel: Local }) => void,
): void {
  const { f } = kernel;
  const samples = images.map((image) => f.local('i32', image.at(0)));
  const pointers = images.map(() => f.local('i32'));
  const channel = f.local('i32');
  forEachSample(
    kernel,
    images.map((image, i) => [samples[i]!, image.sampleBytes] as const),
    () => {
      for (const [i, sample] of samples.entries()) f.set(pointers[i]!, sample);
      f.set(channel, 0);
      f.repeat(images[0]!.layout.channels / channels, () => {
        f.scope(() => body({ pointers, channel }));
        for (const pointer of [...pointers, channel]) f.advance(pointer, channels * 4);
      });
    },
  );
}

/** Calls `body` for each pixel of images of one shape, at copies of the pointers that move on by themselves. */
export function forEachPixel(
  { f }: Kernel,
  images: readonly Image[],
  starts: readonly Local[],
  body: (pixels: readonly Local[]) => void,
): void {
  f.scope(() => {
    const rows = starts.map((start) => f.local('i32', start));
    const pixels = starts.map(() => f.local('i32'));
    const { height, width } = images[0]!.layout;
    f.repeat(height, () => {
      for (const [i, row] of rows.entries()) f.set(pixels[i]!, row);
      f.repeat(width, () => {
        body(pixels);
        for (const [i, image] of images.entries()) f.advance(pixels[i]!, image.pixelBytes);
      });
      for (const [i, image] of images.entries()) f.advance(rows[i]!, image.rowBytes);
    });
  });
}

/** Calls `body` for the vectors of a span's channels at copies of the pointers. */
export function forEachChannel(
  kernel: Kernel,
  starts: readonly Local[],
  channels: number,
  body: (pointers: readonly Local[], offset: number, chunk: Chunk) => void,
): void {
  const { f } = kernel;
  f.scope(() => {
    const pointers = starts.map((start) => f.local('i32', start));
    forEachVector(kernel, pointers, channels, (offset, chunk) => body(pointers, offset, chunk));
  });
}

/** Sum of the lanes, as f32. */
function sumOfLanes({ lanes }: Kernel, vector: Local): Expression {
  let sum = lanes.extract(vector, 0);
  for (let lane = 1; lane < lanes.width; lane++) sum = f32.add(sum, lanes.extract(vector, lane));
  return sum;
}
