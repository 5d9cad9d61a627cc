// What weight decay, the proximal term and momentum add to a step, element by element of a slice of a weight.

import type { Op } from '../../plan.ts';
import { f32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import { forEachInSlice } from './elements.ts';
import type { Kernel } from './kernel.ts';

interface Pull {
  readonly base: number | null;
  readonly decay: number;
  readonly proximal: number;
}

/** decay * weight + proximal * (weight - base). */
function pull({ lanes }: Kernel, op: Pull, weight: Expression, base: Expression): Expression {
  if (op.base === null) return lanes.mul(weight, lanes.constant(op.decay));
  const factor = lanes.constant(op.decay + op.proximal);
  return lanes.nmadd(base, lanes.constant(op.proximal), lanes.mul(weight, factor));
}

/** weight -= learningRate * share * pull. */
export function emitDecayWeight(kernel: Kernel, op: Extract<Op, { kind: 'decayWeight' }>): void {
  const { f, lanes } = kernel;
  const share = f32.mul(kernel.scale, f32.fromI32(kernel.count));
  const rate = f.local(
    lanes.vector,
    lanes.splat(op.perMicroBatch ? f32.mul(kernel.learningRate, share) : kernel.learningRate),
  );
  const packed = op.base === null ? [] : [op.base];
  forEachInSlice(kernel, op.weight, op, packed, (pointer, [base], offset, { valid }) => {
    const weight = f.local(lanes.vector, lanes.load(pointer, offset, valid));
    const force = pull(kernel, op, weight, base ? lanes.load(base, offset, valid) : weight);
    f.set(weight, lanes.nmadd(force, rate, weight));
    f.emit(lanes.store(pointer, offset, weight, valid));
  });
}

/** accumulator = momentum * accumulator + pull. */
export function emitScaleMomentum(kernel: Kernel, op: Extract<Op, { kind: 'scaleMomentum' }>): void {
  const { f, lanes } = kernel;
  const packed = [op.accumulator, ...(op.base === null ? [] : [op.base])];
  const momentum = f.local(lanes.vector, lanes.constant(op.momentum));
  forEachInSlice(kernel, op.weight, op, packed, (pointer, [accumulator, base], offset, { valid }) => {
    const weight = f.local(lanes.vector, lanes.load(pointer, offset, valid));
    const force = pull(kernel, op, weight, base ? lanes.load(base, offset, valid) : weight);
    const sum = f.local(lanes.vector, lanes.madd(lanes.load(accumulator!, offset, valid), momentum, force));
    f.emit(lanes.store(accumulator!, offset, sum, valid));
  });
}
