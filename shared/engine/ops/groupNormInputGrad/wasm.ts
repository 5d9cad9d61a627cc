// The gradient of a group norm's input, in the place of that of its output.

import type { GroupNormInputGradOp } from './op.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import type { Expression } from '../../wasm/code/instructions.ts';
import {
  averageGroups,
  createSums,
  forEachChannel,
  forEachPixel,
  forEachSpan,
  loadStatistics,
  ofChunk,
  spanOf,
  statsBytes,
} from '../../wasm/kernels/groupSpans.ts';
import { imageOf, type Chunk, type Kernel } from '../../wasm/kernels/kernel.ts';

/** With g = dy * scale and n = normalised x, over a group: dy = rate * (g - average(g) - n * average(g * n)). */
export function emitGroupNormInputGrad(kernel: Kernel, op: GroupNormInputGradOp): void {
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
