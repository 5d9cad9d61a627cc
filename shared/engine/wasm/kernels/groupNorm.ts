// Group normalisation and its gradients. Each span of channels of a sample is walked pixel by pixel, vectors along channels:
// a group, or, where groups are smaller than a vector, the groups of one vector or two.

import type { GradientTarget, Op } from '../../plan.ts';
import { lengthOf } from '../../scheme.ts';
import type { Local } from '../assembler.ts';
import { f32, v128 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import { emitBiasGrad } from './biasGrad.ts';
import { forEachVector } from './elements.ts';
import { gradientSink } from './gradientTarget.ts';
import { columnTiles, forEachSample, imageOf } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';

/** Vectors of running sums held in registers at a time. */
const VECTORS = 6;

interface Span {
  readonly channels: number;
  readonly perGroup: number;
  /** Vectors of statistics: lane l of vector v is of the group of channel 4 v + l; a single one, all lanes alike, for a group. */
  readonly numVectors: number;
  readonly isPacked: boolean;
}

function spanOf({ lanes }: Kernel, channels: number, groups: number): Span {
  const perGroup = channels / groups;
  if (lanes.width < 4 || 4 % perGroup !== 0 || channels % 4 !== 0)
    return { channels: perGroup, perGroup, numVectors: 1, isPacked: false };
  const numVectors = channels % 8 === 0 ? 2 : 1;
  return { channels: 4 * numVectors, perGroup, numVectors, isPacked: true };
}

/** Accumulators by `chunk.first / lanes.width`, so that additions do not wait for each other. */
function createSums({ f, lanes }: Kernel, { channels }: Span): Local[] {
  const numSums = Math.min(4, Math.ceil(channels / lanes.width));
  return Array.from({ length: numSums }, () => f.local(lanes.vector, lanes.constant(0)));
}

/** The vector that goes with a chunk: its own, or the only one. */
function ofChunk({ lanes }: Kernel, vectors: readonly Local[], { first }: Chunk): Local {
  return vectors[vectors.length === 1 ? 0 : first / lanes.width]!;
}

/** Turns sums over lanes and vectors into statistics: in each lane the sum over its group, times `share`. */
function averageGroups(kernel: Kernel, { isPacked, perGroup }: Span, sums: readonly Local[], share: number) {
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
function loadStatistics({ f, lanes }: Kernel, span: Span, stats: Local, which: 0 | 1): Local[] {
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

function storeStatistics(
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

function statsBytes({ channels, perGroup }: Span): number {
  return (channels / perGroup) * 8;
}

function bytesOfLanes(picked: readonly number[]): number[] {
  return picked.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));
}

/** Calls `body` for each span of each sample, its pointers at the span's first channel of pixel (0, 0); `channel` is 4 x that channel. */
function forEachSpan(
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
function forEachPixel(
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
function forEachChannel(
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

export function emitGroupNorm(kernel: Kernel, op: Extract<Op, { kind: 'groupNorm' }>): void {
  const { f, lanes } = kernel;
  const [x, y] = [imageOf(kernel, op.x), imageOf(kernel, op.y)];
  const { height, width, channels } = x.layout;
  const span = spanOf(kernel, channels, op.groups);
  const share = 1 / (height * width * span.perGroup);
  const stats = f.local('i32', op.stats === null ? 0 : kernel.tensor(op.stats).offset);
  const [scale, shift] = [kernel.tensor(op.scale).offset, kernel.tensor(op.shift).offset];
  forEachSpan(kernel, [x, y], span, ({ pointers: [from, to], channel }) => {
    const forEachInput = (body: (at: Local, offset: number, chunk: Chunk) => void): void =>
      forEachPixel(kernel, [x], [from!], ([pixel]) =>
        forEachChannel(kernel, [pixel!], span.channels, ([at], offset, chunk) => body(at!, offset, chunk)),
      );
    const sums = createSums(kernel, span);
    forEachInput((at, offset, chunk) => {
      const sum = ofChunk(kernel, sums, chunk);
      f.set(sum, lanes.add(sum, lanes.load(at, offset, chunk.valid)));
    });
    averageGroups(kernel, span, sums, share);
    const means = sums.slice(0, span.numVectors);
    const squares = createSums(kernel, span);
    const distance = f.local(lanes.vector);
    forEachInput((at, offset, chunk) => {
      const { valid } = chunk;
      const mean = ofChunk(kernel, means, chunk);
      const present = valid === lanes.width ? mean : lanes.mul(mean, lanes.partial(1, valid));
      const square = ofChunk(kernel, squares, chunk);
      f.set(distance, lanes.sub(lanes.load(at, offset, valid), present));
      f.set(square, lanes.madd(distance, distance, square));
    });
    averageGroups(kernel, span, squares, share);
    const rates = squares.slice(0, span.numVectors);
    for (const rate of rates)
      f.set(rate, lanes.div(lanes.constant(1), lanes.sqrt(lanes.add(rate, lanes.constant(op.epsilon)))));
    if (op.stats !== null) {
      storeStatistics(kernel, span, stats, means, 0);
      storeStatistics(kernel, span, stats, rates, 1);
      f.advance(stats, statsBytes(span));
    }
    forEachPixel(kernel, [x, y], [from!, to!], ([xPixel, yPixel]) =>
      forEachChannel(kernel, [xPixel!, yPixel!, channel], span.channels, ([at, out, c], offset, chunk) => {
        const { valid } = chunk;
        f.set(distance, lanes.sub(lanes.load(at!, offset, valid), ofChunk(kernel, means, chunk)));
        f.set(
          distance,
          lanes.mul(
            lanes.mul(distance, ofChunk(kernel, rates, chunk)),
            lanes.load(c!, scale + offset, valid),
          ),
        );
        f.set(distance, lanes.add(distance, lanes.load(c!, shift + offset, valid)));
        f.emit(lanes.store(out!, offset, distance, valid));
      }),
    );
  });
}

export function emitGroupNormParameterGrad(
  kernel: Kernel,
  op: Extract<Op, { kind: 'groupNormParameterGrad' }>,
): void {
  if (op.shiftTarget) emitBiasGrad(kernel, { dy: op.dy, target: op.shiftTarget });
  if (op.scaleTarget) emitScaleGrad(kernel, op, op.scaleTarget);
}

/** Sums of dy * normalised x: a group at a time, or the part of it that is in the target. */
function emitScaleGrad(
  kernel: Kernel,
  op: Extract<Op, { kind: 'groupNormParameterGrad' }>,
  target: GradientTarget,
): void {
  const { f, lanes } = kernel;
  const [x, dy] = [imageOf(kernel, op.x), imageOf(kernel, op.dy)];
  const channels = x.layout.channels / op.groups;
  const sink = gradientSink(kernel, target, 1, x.layout.channels);
  const [from, to] = target.outputs;
  const sampleStatsBytes = op.groups * 8;
  const [scale, xColumn, dyColumn, stats, xSample, dySample] = [
    f.local('i32', sink.address),
    f.local('i32', x.at(from * 4)),
    f.local('i32', dy.at(from * 4)),
    f.local('i32'),
    f.local('i32'),
    f.local('i32'),
  ];
  const groupStats = f.local('i32', kernel.tensor(op.stats).offset + Math.floor(from / channels) * 8);

  function emitChannels(numChannels: number): void {
    for (const { columns, times, chunks } of columnTiles(numChannels, VECTORS * lanes.width, lanes))
      f.repeat(times, () => {
        f.scope(() => {
          const sums = chunks.map(() => f.local(lanes.vector, lanes.constant(0)));
          const [mean, rate, gradient] = [
            f.local(lanes.vector),
            f.local(lanes.vector),
            f.local(lanes.vector),
          ];
          f.set(stats, groupStats);
          f.set(xSample, xColumn);
          f.set(dySample, dyColumn);
          const samples = [
            [stats, sampleStatsBytes],
            [xSample, x.sampleBytes],
            [dySample, dy.sampleBytes],
          ] as const;
          forEachSample(kernel, samples, () => {
            f.set(mean, lanes.loadSplat(stats, 0));
            f.set(rate, lanes.loadSplat(stats, 4));
            forEachPixel(kernel, [x, dy], [xSample, dySample], ([xPixel, dyPixel]) => {
              for (const [c, { first, valid }] of chunks.entries()) {
                f.set(gradient, lanes.mul(lanes.load(dyPixel!, first * 4, valid), rate));
                const distance = lanes.sub(lanes.load(xPixel!, first * 4, valid), mean);
                f.set(sums[c]!, lanes.madd(gradient, distance, sums[c]!));
              }
            });
          });
          for (const [c, chunk] of chunks.entries()) sink.add(scale, chunk.first * 4, sums[c]!, chunk);
        });
        for (const pointer of [scale, xColumn, dyColumn]) f.advance(pointer, columns * 4);
      });
  }

  const head = Math.min(from % channels === 0 ? 0 : channels - (from % channels), lengthOf(target.outputs));
  const whole = Math.floor((to - from - head) / channels);
  const tail = to - from - head - whole * channels;
  if (head > 0) {
    emitChannels(head);
    f.advance(groupStats, 8);
  }
  f.repeat(whole, () => {
    emitChannels(channels);
    f.advance(groupStats, 8);
  });
  if (tail > 0) emitChannels(tail);
}

/** With g = dy * scale and n = normalised x, over a group: dy = rate * (g - average(g) - n * average(g * n)). */
export function emitGroupNormInputGrad(
  kernel: Kernel,
  op: Extract<Op, { kind: 'groupNormInputGrad' }>,
): void {
  const { f, lanes } = kernel;
  const [x, dy] = [imageOf(kernel, op.x), imageOf(kernel, op.dy)];
  const { height, width, channels } = x.layout;
  const span = spanOf(kernel, channels, op.groups);
  const share = 1 / (height * width * span.perGroup);
  const scale = kernel.tensor(op.scale).offset;
  const stats = f.local('i32', kernel.tensor(op.stats).offset);
  forEachSpan(kernel, [x, dy], span, ({ pointers: [xGroup, dyGroup], channel }) => {
    const means = loadStatistics(kernel, span, stats, 0);
    const rates = loadStatistics(kernel, span, stats, 1);
    f.advance(stats, statsBytes(span));
    const [sums, products] = [createSums(kernel, span), createSums(kernel, span)];
    const [gradient, normal] = [f.local(lanes.vector), f.local(lanes.vector)];
    /** Both vectors of some channels of a pixel; absent lanes of the gradient are zero. */
    const forEachGradient = (body: (out: Local, offset: number, chunk: Chunk) => void): void =>
      forEachPixel(kernel, [x, dy], [xGroup!, dyGroup!], ([xPixel, dyPixel]) =>
        forEachChannel(
          kernel,
          [xPixel!, dyPixel!, channel],
          span.channels,
          ([from, out, c], offset, chunk) => {
            const load = (pointer: Local, at: number): Expression => lanes.load(pointer, at, chunk.valid);
            f.set(gradient, lanes.mul(load(out!, offset), load(c!, scale + offset)));
            f.set(
              normal,
              lanes.mul(
                lanes.sub(load(from!, offset), ofChunk(kernel, means, chunk)),
                ofChunk(kernel, rates, chunk),
              ),
            );
            body(out!, offset, chunk);
          },
        ),
      );
    forEachGradient((_, __, chunk) => {
      const [sum, product] = [ofChunk(kernel, sums, chunk), ofChunk(kernel, products, chunk)];
      f.set(sum, lanes.add(sum, gradient));
      f.set(product, lanes.madd(gradient, normal, product));
    });
    averageGroups(kernel, span, sums, share);
    averageGroups(kernel, span, products, share);
    const [averages, slopes] = [sums.slice(0, span.numVectors), products.slice(0, span.numVectors)];
    forEachGradient((out, offset, chunk) => {
      const rest = lanes.sub(gradient, ofChunk(kernel, averages, chunk));
      f.set(gradient, lanes.nmadd(normal, ofChunk(kernel, slopes, chunk), rest));
      f.emit(lanes.store(out, offset, lanes.mul(gradient, ofChunk(kernel, rates, chunk)), chunk.valid));
    });
  });
}
