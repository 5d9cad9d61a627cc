// Binary cross-entropy against float targets, with its gradient.

import type { BinaryCrossEntropyOp } from './op.ts';
import { call, f32, f64, i32, select } from '../../wasm/code/instructions.ts';
import { emitExp } from '../../wasm/kernels/exponential.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { SCALAR_LANES } from '../../wasm/code/scalarLanes.ts';

/**
 * One output at a time, with e = exp(-|z|): the loss is max(z, 0) - z * target + log(1 + e), and the sigmoid is 1 / (1 + e), or
 * e / (1 + e) for negative z.
 */
export function emitBinaryCrossEntropy(kernel: Kernel, op: BinaryCrossEntropyOp): void {
  const { f } = kernel;
  const logits = imageOf(kernel, op.logits);
  const outputs = logits.sampleBytes / 4;
  const metrics = kernel.tensor(op.metrics).offset;
  const pointer = f.local('i32', logits.at(0));
  const targets = f.local('i32', kernel.tensor(op.targets).offset);
  const loss = f.local('f64', f64.load(0, metrics));
  const hits = f.local('f64', f64.load(0, metrics + 8));
  const [sum, isHit, left] = [f.local('f64'), f.local('i32'), f.local('i32')];
  const [z, target, e] = [f.local('f32'), f.local('f32'), f.local('f32')];
  f.repeat(kernel.count, () => {
    f.set(sum, f64.fromF32(f32.const(0)));
    f.set(isHit, 1);
    f.set(left, outputs);
    f.doWhile(() => {
      f.set(z, f32.load(pointer));
      f.set(target, f32.load(targets));
      f.set(isHit, i32.and(isHit, i32.eq(f32.gt(z, 0), f32.gt(target, 0.5))));
      f.set(e, f32.neg(f32.abs(z)));
      emitExp(f, SCALAR_LANES, e);
      const linear = f32.sub(f32.max(z, 0), f32.mul(z, target));
      f.set(sum, f64.add(sum, f64.fromF32(f32.add(linear, call(kernel.log, [f32.add(e, 1)], 'f32')))));
      if (op.gradient) {
        const numerator = select(f32.lt(z, 0), e, f32.const(1));
        const error = f32.sub(f32.div(numerator, f32.add(e, 1)), target);
        f.emit(f32.store(pointer, 0, f32.mul(f32.mul(error, kernel.scale), 1 / outputs)));
      }
      f.advance(pointer, 4);
      f.advance(targets, 4);
      f.advance(left, -1);
      return left;
    });
    f.set(loss, f64.add(loss, f64.mul(sum, 1 / outputs)));
    f.set(hits, f64.add(hits, f64.fromI32(isHit)));
  });
  f.emit(f64.store(0, metrics, loss));
  f.emit(f64.store(0, metrics + 8, hits));
}
