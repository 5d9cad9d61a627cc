// Group normalisation.

import type { GroupNormOp } from './op.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import {
  averageGroups,
  createSums,
  forEachChannel,
  forEachPixel,
  forEachSpan,
  ofChunk,
  spanOf,
  statsBytes,
  storeStatistics,
} from '../../wasm/kernels/groupSpans.ts';
import { imageOf, type Chunk, type Kernel } from '../../wasm/kernels/kernel.ts';

export function emitGroupNorm(kernel: Kernel, op: GroupNormOp): void {
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
