// The classes of one sample: their maximum, and the exponentials of what they lack to it.

import type { FunctionBody, Local } from '../code/assembler.ts';
import { f32, type Expression } from '../code/instructions.ts';
import { emitExp } from './exponential.ts';
import { chunksOf, type Kernel } from './kernel.ts';

/** Largest of `classes` neighbours at `row`. */
export function emitMaximum(f: FunctionBody, row: Local, classes: number): Local {
  const maximum = f.local('f32', f32.load(row));
  for (let c = 1; c < classes; c++) f.set(maximum, f32.max(maximum, f32.load(row, c * 4)));
  return maximum;
}

/** Emits the sum over the classes of exp(logit - maximum); `inPlace` leaves these in the row. */
export function emitExponentials(
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
export function emitScale({ f, lanes }: Kernel, row: Local, classes: number, factor: Expression): void {
  const vector = f.local(lanes.vector, lanes.splat(factor));
  for (const { first, valid } of chunksOf(classes, lanes)) {
    const value = f.local(lanes.vector, lanes.mul(lanes.load(row, first * 4, valid), vector));
    f.emit(lanes.store(row, first * 4, value, valid));
  }
}
