// A step by what has added up in an accumulator, element by element of a slice of a weight.

import type { ApplyAccumulatorOp } from '../../ops/applyAccumulator/op.ts';
import type { Expression } from '../code/instructions.ts';
import { forEachInSlice } from './elements.ts';
import type { Kernel } from './kernel.ts';

/** weight -= learningRate * accumulator; the accumulator is then zero, or stays. */
export function emitApply(
  kernel: Kernel,
  op: Pick<ApplyAccumulatorOp, 'weight' | 'accumulator' | 'inputs' | 'outputs'>,
  clears: boolean,
): void {
  const { f, lanes } = kernel;
  const zero = f.local(lanes.vector, lanes.constant(0));
  const rate = f.local(lanes.vector, lanes.splat(kernel.learningRate));
  forEachInSlice(kernel, op.weight, op, [op.accumulator], (weight, [accumulator], offset, { valid }) => {
    const load = (pointer: Expression): Expression => lanes.load(pointer, offset, valid);
    const moved = f.local(lanes.vector, lanes.nmadd(load(accumulator!), rate, load(weight)));
    f.emit(lanes.store(weight, offset, moved, valid));
    if (clears) f.emit(lanes.store(accumulator!, offset, zero, valid));
  });
}
