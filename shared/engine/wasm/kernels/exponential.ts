// exp and log of our own: polynomials of Cephes (expf, logf), about 1 ulp. Without fused multiply-add every machine gives
// the same bits.

import { FunctionBody } from '../code/assembler.ts';
import type { Local } from '../code/assembler.ts';
import { f32, i32 } from '../code/instructions.ts';
import type { Lanes } from '../code/lanes.ts';

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
export function emitExp(f: FunctionBody, lanes: Lanes, x: Local): void {
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
