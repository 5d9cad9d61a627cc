// Gradients of scale and shift of a group norm.

import type { GroupNormParameterGradOp } from './op.ts';
import type { GradientTarget } from '../gradientTarget.ts';
import { lengthOf } from '../../range.ts';
import { gradientSink } from '../../wasm/kernels/gradientTarget.ts';
import { forEachPixel } from '../../wasm/kernels/groupSpans.ts';
import { columnTiles, forEachSample, imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitBiasGrad } from '../biasGrad/wasm.ts';

/** Vectors of running sums held in registers at a time. */
const VECTORS = 6;

export function emitGroupNormParameterGrad(kernel: Kernel, op: GroupNormParameterGradOp): void {
  if (op.shiftTarget) emitBiasGrad(kernel, { dy: op.dy, target: op.shiftTarget });
  if (op.scaleTarget) emitScaleGrad(kernel, op, op.scaleTarget);
}

/** Sums of dy * normalised x: a group at a time, or the part of it that is in the target. */
function emitScaleGrad(kernel: Kernel, op: GroupNormParameterGradOp, target: GradientTarget): void {
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
