// Softmax, its cross-entropy loss and gradient, with exp and log of our own: polynomials of Cephes (expf, logf),
// about 1 ulp. Without fused multiply-add every machine gives the same bits.

import type { Op } from '../../plan.ts';
import { FunctionBody } from '../assembler.ts';
import type { Local } from '../assembler.ts';
import { call, f32, f64, i32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import type { Lanes } from '../lanes.ts';
import { chunksOf, imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts: the first has so few bits that its product with the exponent is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
const EXP_COEFFICIENTS = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];
const LOG_COEFFICIENTS = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];
/** exp of less than this is taken for exp of this: the smallest normal numbers. */
const EXP_FLOOR = -87;
const SQRT_HALF = Math.SQRT1_2;

/** Replaces `x` (<= 88) by exp(x). */
function emitExp(f: FunctionBody, lanes: Lanes, x: Local): void {
  f.scope(() => {
    f.set(x, lanes.max(x, f.local(lanes.vector, lanes.constant(EXP_FLOOR))));
    const exponent = f.local(lanes.vector, lanes.nearest(lanes.mul(x, lanes.constant(LOG2_E))));
    f.set(x, lanes.nmadd(exponent, lanes.constant(LN2_HIGH), x));
    f.set(x, lanes.nmadd(exponent, lanes.constant(LN2_LOW), x));
    const polynomial = f.local(lanes.vector, lanes.constant(EXP_COEFFICIENTS[0]!));
    for (const coefficient of EXP_COEFFICIENTS.slice(1))
      f.set(polynomial, lanes.madd(polynomial, x, lanes.constant(coefficient)));
    f.set(polynomial, lanes.add(lanes.madd(lanes.mul(polynomial, x), x, x), lanes.constant(1)));
    f.set(x, lanes.mul(polynomial, lanes.powerOfTwo(exponent)));
  });
}

/** The function `log(x: f32): f32` for normal x > 0. */
export function logFunction(): FunctionBody {
  const f = new FunctionBody({ parameters: ['f32'], results: ['f32'] });
  const x = f.parameters[0]!;
  const bits = f.local('i32', i32.reinterpret(x));
  const exponent = f.local('f32', f32.fromI32(i32.sub(i32.shrU(bits, 23), 126)));
  const m = f.local('f32', f32.reinterpret(i32.or(i32.and(bits, 0x007fffff), 0x3f000000)));
  f.if(
    f32.lt(m, SQRT_HALF),
    () => {
      f.set(exponent, f32.sub(exponent, 1));
      f.set(m, f32.sub(f32.add(m, m), 1));
    },
    () => f.set(m, f32.sub(m, 1)),
  );
  const square = f.local('f32', f32.mul(m, m));
  const y = f.local('f32', f32.const(LOG_COEFFICIENTS[0]!));
  for (const coefficient of LOG_COEFFICIENTS.slice(1)) f.set(y, f32.add(f32.mul(y, m), coefficient));
  f.set(y, f32.mul(f32.mul(y, m), square));
  f.set(y, f32.add(y, f32.mul(exponent, LN2_LOW)));
  f.set(y, f32.sub(y, f32.mul(square, 0.5)));
  f.emit(f32.add(f32.add(m, y), f32.mul(exponent, LN2_HIGH)).code);
  return f;
}

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
  const row = f.local('i32', logits.first);
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
  const row = f.local('i32', logits.first);
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
