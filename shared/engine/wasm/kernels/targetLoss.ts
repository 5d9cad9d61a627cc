// Losses against float targets, with their gradients: binary cross-entropy and mean squared error.

import type { Op } from '../../plan.ts';
import { call, f32, f64, i32, select } from '../instructions.ts';
import { lanesOf } from '../lanes.ts';
import { emitExp } from './exponential.ts';
import { forEachVector } from './elements.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

/**
 * One output at a time, with e = exp(-|z|): the loss is max(z, 0) - z * target + log(1 + e), and the sigmoid is 1 / (1 + e), or
 * e / (1 + e) for negative z.
 */
export function emitBinaryCrossEntropy(
  kernel: Kernel,
  op: Extract<Op, { kind: 'binaryCrossEntropy' }>,
): void {
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
  const scalar = lanesOf('scalar');
  f.repeat(kernel.count, () => {
    f.set(sum, f64.fromF32(f32.const(0)));
    f.set(isHit, 1);
    f.set(left, outputs);
    f.doWhile(() => {
      f.set(z, f32.load(pointer));
      f.set(target, f32.load(targets));
      f.set(isHit, i32.and(isHit, i32.eq(f32.gt(z, 0), f32.gt(target, 0.5))));
      f.set(e, f32.neg(f32.abs(z)));
      emitExp(f, scalar, e);
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

export function emitMeanSquaredError(kernel: Kernel, op: Extract<Op, { kind: 'meanSquaredError' }>): void {
  const { f, lanes } = kernel;
  const values = imageOf(kernel, op.logits);
  const outputs = values.sampleBytes / 4;
  const metrics = kernel.tensor(op.metrics).offset;
  const pointer = f.local('i32', values.at(0));
  const targets = f.local('i32', kernel.tensor(op.targets).offset);
  const loss = f.local('f64', f64.load(0, metrics));
  const sum = f.local(lanes.vector);
  const error = f.local(lanes.vector);
  const factor = f.local(lanes.vector, lanes.splat(f32.mul(kernel.scale, 2 / outputs)));
  f.repeat(kernel.count, () => {
    f.set(sum, lanes.constant(0));
    forEachVector(kernel, [pointer, targets], outputs, (offset, { valid }) => {
      f.set(error, lanes.sub(lanes.load(pointer, offset, valid), lanes.load(targets, offset, valid)));
      f.set(sum, lanes.madd(error, error, sum));
      if (op.gradient) f.emit(lanes.store(pointer, offset, lanes.mul(error, factor), valid));
    });
    for (let lane = 0; lane < lanes.width; lane++)
      f.set(loss, f64.add(loss, f64.mul(f64.fromF32(lanes.extract(sum, lane)), 1 / outputs)));
  });
  f.emit(f64.store(0, metrics, loss));
}
