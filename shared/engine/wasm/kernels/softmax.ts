// Softmax, its cross-entropy loss and gradient.

import type { Op } from '../../plan.ts';
import type { FunctionBody, Local } from '../assembler.ts';
import { call, f32, f64, i32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import { emitExp } from './exponential.ts';
import { chunksOf, imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

/** Largest of `classes` neighbours at `row`. */
function emitMaximum(f: FunctionBody, row: Local, classes: number): Local {
  const maximum = f.local('f32', f32.load(row));
  for (let c = 1; c < classes; c++) f.set(maximum, f32.max(maximum, f32.load(row, c * 4)));
  return maximum;
}

/** Emits the sum over the classes of exp(logit - maximum); `inPlace` leaves these in the row. */
function emitExponentials(
  kernel: Kernel,
  row: Local,
  classes: number,
  maximum: Local,
  inPlace: boolean,
): Local {
  const { f, lanes } = kernel;
  const sum = f.local('f32', f32.const(0));
  const shift = f.local(lanes.vector, lanes.splat(maximum));
  for (const { first, valid } of chunksOf(classes, lanes)) {
    const value = f.local(lanes.vector, lanes.sub(lanes.load(row, first * 4, valid), shift));
    emitExp(f, lanes, value);
    if (inPlace) f.emit(lanes.store(row, first * 4, value, valid));
    for (let lane = 0; lane < valid; lane++) f.set(sum, f32.add(sum, lanes.extract(value, lane)));
  }
  return sum;
}

/** Multiplies `classes` neighbours at `row` by `factor`. */
function emitScale({ f, lanes }: Kernel, row: Local, classes: number, factor: Expression): void {
  const vector = f.local(lanes.vector, lanes.splat(factor));
  for (const { first, valid } of chunksOf(classes, lanes)) {
    const value = f.local(lanes.vector, lanes.mul(lanes.load(row, first * 4, valid), vector));
    f.emit(lanes.store(row, first * 4, value, valid));
  }
}

export function emitSoftmax(kernel: Kernel, op: Extract<Op, { kind: 'softmax' }>): void {
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

export function emitSoftmaxCrossEntropy(
  kernel: Kernel,
  op: Extract<Op, { kind: 'softmaxCrossEntropy' }>,
): void {
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
