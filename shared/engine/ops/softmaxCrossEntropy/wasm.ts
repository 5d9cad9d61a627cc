// Softmax cross-entropy with its gradient.

import type { SoftmaxCrossEntropyOp } from './op.ts';
import type { FunctionBody, Local } from '../../wasm/code/assembler.ts';
import { call, f32, f64, i32 } from '../../wasm/code/instructions.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitExponentials, emitMaximum, emitScale } from '../../wasm/kernels/softmaxRow.ts';

export function emitSoftmaxCrossEntropy(kernel: Kernel, op: SoftmaxCrossEntropyOp): void {
  const { f } = kernel;
  const logits = imageOf(kernel, op.logits);
  const classes = logits.sampleBytes / 4;
  const metrics = kernel.tensor(op.metrics).offset;
  const row = f.local('i32', logits.at(0));
  const label = f.local('i32', kernel.tensor(op.labels).offset);
  const loss = f.local('f64', f64.load(0, metrics));
  const hits = f.local('f64', f64.load(0, metrics + 8));

  f.repeat(kernel.count, () => {
    f.scope(() => {
      const target = f.local('i32', i32.add(row, i32.shl(i32.load8(label), 2)));
      const maximum = emitMaximum(f, row, classes);
      emitHit(f, row, maximum, target, hits);
      const distance = f.local('f32', f32.sub(maximum, f32.load(target)));
      const sum = emitExponentials(kernel, row, classes, maximum, op.gradient);
      const logarithm = call(kernel.log, [sum], 'f32');
      f.set(loss, f64.add(loss, f64.add(f64.fromF32(logarithm), f64.fromF32(distance))));
      if (op.gradient) {
        emitScale(kernel, row, classes, f32.div(kernel.scale, sum));
        f.emit(f32.store(target, 0, f32.sub(f32.load(target), kernel.scale)));
      }
    });
    f.advance(row, logits.sampleBytes);
    f.advance(label, 1);
  });
  f.emit(f64.store(0, metrics, loss));
  f.emit(f64.store(0, metrics + 8, hits));
}

/** hits += 1 if the first class that reaches the maximum is the target. */
function emitHit(f: FunctionBody, row: Local, maximum: Local, target: Local, hits: Local): void {
  f.scope(() => {
    const first = f.local('i32', i32.sub(row, 4));
    f.doWhile(() => {
      f.advance(first, 4);
      return f32.lt(f32.load(first), maximum);
    });
    f.set(hits, f64.add(hits, f64.fromI32(i32.eq(first, target))));
  });
}
