// Group normalisation and its gradients. Each group of channels of a sample is walked pixel by pixel, vectors along its channels.

import type { GradientTarget, Op } from '../../plan.ts';
import { lengthOf } from '../../scheme.ts';
import type { Local } from '../assembler.ts';
import { f32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import { emitBiasGrad } from './biasGrad.ts';
import { forEachVector } from './elements.ts';
import { gradientSink } from './gradientTarget.ts';
import { columnTiles, forEachSample, imageOf } from './kernel.ts';
import type { Chunk, Image, Kernel } from './kernel.ts';

/** Vectors of running sums held in registers at a time. */
const VECTORS = 6;

/** Calls `body` for each group of each sample, its pointers at the group's first channel of pixel (0, 0); `channel` is 4 x that channel. */
function forEachGroup(
  kernel: Kernel,
  images: readonly Image[],
  groups: number,
  body: (group: { readonly pointers: readonly Local[]; readonly channel: Local }) => void,
): void {
  const { f } = kernel;
  const samples = images.map((image) => f.local('i32', image.at(0)));
  const pointers = images.map(() => f.local('i32'));
  const channel = f.local('i32');
  const groupBytes = (images[0]!.layout.channels / groups) * 4;
  forEachSample(
    kernel,
    images.map((image, i) => [samples[i]!, image.sampleBytes] as const),
    () => {
      for (const [i, sample] of samples.entries()) f.set(pointers[i]!, sample);
      f.set(channel, 0);
      f.repeat(groups, () => {
        f.scope(() => body({ pointers, channel }));
        for (const pointer of [...pointers, channel]) f.advance(pointer, groupBytes);
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

/** Calls `body` for the vectors of a group's channels at copies of the pointers. */
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
  const { height, width } = x.layout;
  const channels = x.layout.channels / op.groups;
  const share = 1 / (height * width * channels);
  const stats = f.local('i32', op.stats === null ? 0 : kernel.tensor(op.stats).offset);
  const [scale, shift] = [kernel.tensor(op.scale).offset, kernel.tensor(op.shift).offset];
  forEachGroup(kernel, [x, y], op.groups, ({ pointers: [from, to], channel }) => {
    const sum = f.local(lanes.vector, lanes.constant(0));
    const average = (): Expression => f32.mul(sumOfLanes(kernel, sum), share);
    forEachPixel(kernel, [x], [from!], ([pixel]) =>
      forEachChannel(kernel, [pixel!], channels, ([at], offset, { valid }) =>
        f.set(sum, lanes.add(sum, lanes.load(at!, offset, valid))),
      ),
    );
    const mean = f.local('f32', average());
    const means = f.local(lanes.vector, lanes.splat(mean));
    f.set(sum, lanes.constant(0));
    const distance = f.local(lanes.vector);
    forEachPixel(kernel, [x], [from!], ([pixel]) =>
      forEachChannel(kernel, [pixel!], channels, ([at], offset, { valid }) => {
        const present = valid === lanes.width ? means : lanes.mul(means, lanes.partial(1, valid));
        f.set(distance, lanes.sub(lanes.load(at!, offset, valid), present));
        f.set(sum, lanes.madd(distance, distance, sum));
      }),
    );
    const rate = f.local('f32', f32.div(1, f32.sqrt(f32.add(average(), op.epsilon))));
    const rates = f.local(lanes.vector, lanes.splat(rate));
    if (op.stats !== null) {
      f.emit(f32.store(stats, 0, mean));
      f.emit(f32.store(stats, 4, rate));
      f.advance(stats, 8);
    }
    forEachPixel(kernel, [x, y], [from!, to!], ([xPixel, yPixel]) =>
      forEachChannel(kernel, [xPixel!, yPixel!, channel], channels, ([at, out, c], offset, { valid }) => {
        f.set(distance, lanes.sub(lanes.load(at!, offset, valid), means));
        f.set(distance, lanes.mul(lanes.mul(distance, rates), lanes.load(c!, scale + offset, valid)));
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
  const statsBytes = op.groups * 8;
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
            [stats, statsBytes],
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
  const { height, width } = x.layout;
  const channels = x.layout.channels / op.groups;
  const share = 1 / (height * width * channels);
  const scale = kernel.tensor(op.scale).offset;
  const stats = f.local('i32', kernel.tensor(op.stats).offset);
  forEachGroup(kernel, [x, dy], op.groups, ({ pointers: [xGroup, dyGroup], channel }) => {
    const mean = f.local(lanes.vector, lanes.loadSplat(stats, 0));
    const rate = f.local(lanes.vector, lanes.loadSplat(stats, 4));
    f.advance(stats, 8);
    const [sum, product] = [
      f.local(lanes.vector, lanes.constant(0)),
      f.local(lanes.vector, lanes.constant(0)),
    ];
    const [gradient, normal] = [f.local(lanes.vector), f.local(lanes.vector)];
    /** Both vectors of some channels of a pixel; absent lanes of the gradient are zero. */
    const forEachGradient = (body: (out: Local, offset: number, chunk: Chunk) => void): void =>
      forEachPixel(kernel, [x, dy], [xGroup!, dyGroup!], ([xPixel, dyPixel]) =>
        forEachChannel(kernel, [xPixel!, dyPixel!, channel], channels, ([from, out, c], offset, chunk) => {
          const load = (pointer: Local, at: number): Expression => lanes.load(pointer, at, chunk.valid);
          f.set(gradient, lanes.mul(load(out!, offset), load(c!, scale + offset)));
          f.set(normal, lanes.mul(lanes.sub(load(from!, offset), mean), rate));
          body(out!, offset, chunk);
        }),
      );
    forEachGradient(() => {
      f.set(sum, lanes.add(sum, gradient));
      f.set(product, lanes.madd(gradient, normal, product));
    });
    f.set(sum, lanes.splat(f32.mul(sumOfLanes(kernel, sum), share)));
    f.set(product, lanes.splat(f32.mul(sumOfLanes(kernel, product), share)));
    forEachGradient((out, offset, { valid }) => {
      f.set(gradient, lanes.nmadd(normal, product, lanes.sub(gradient, sum)));
      f.emit(lanes.store(out, offset, lanes.mul(gradient, rate), valid));
    });
  });
}
