// Logits to probabilities, in place.

import type { SoftmaxOp } from './op.ts';
import { f32 } from '../../wasm/code/instructions.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitExponentials, emitMaximum, emitScale } from '../../wasm/kernels/softmaxRow.ts';

export function emitSoftmax(kernel: Kernel, op: SoftmaxOp): void {
  const { f } = kernel;
  const logits = imageOf(kernel, op.logits);
  const classes = logits.sampleBytes / 4;
  const row = f.local('i32', logits.at(0));
  f.repeat(kernel.count, () => {
    f.scope(() => {
      const maximum = emitMaximum(f, row, classes);
      const sum = emitExponentials(kernel, row, classes, maximum, true);
      emitScale(kernel, row, classes, f32.div(1, sum));
    });
    f.advance(row, logits.sampleBytes);
  });
}
