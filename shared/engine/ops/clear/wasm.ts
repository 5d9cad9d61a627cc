// Zeroes borders, or all, of an image.

import type { ClearOp } from './op.ts';
import type { Layout } from '../../tensors.ts';
import { fillZero, i32 } from '../../wasm/code/instructions.ts';
import { forEachVector } from '../../wasm/kernels/elements.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';

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

export function emitClear(kernel: Kernel, op: ClearOp): void {
  const { f, lanes } = kernel;
  const x = imageOf(kernel, op.x);
  const { start } = x;
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
