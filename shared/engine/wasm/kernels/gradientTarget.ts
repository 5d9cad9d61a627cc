// What becomes of a gradient that is complete in registers: plain SGD at once, or a sum for later.

import type { GradientTarget } from '../../plan.ts';
import type { Local } from '../assembler.ts';
import type { Chunk, Kernel } from './kernel.ts';

export interface GradientSink {
  /** Address of the tensor that the gradient moves. */
  readonly address: number;
  /** Emits weight -= learningRate * gradient, or accumulator += gradient, for one vector. */
  add(pointer: Local, offset: number, gradient: Local, chunk: Chunk): void;
}

export function gradientSink(
  { f, lanes, tensor, learningRate }: Kernel,
  target: GradientTarget,
): GradientSink {
  switch (target.kind) {
    case 'sgd': {
      const rate = f.local(lanes.vector, lanes.splat(learningRate));
      return {
        address: tensor(target.weight).offset,
        add(pointer, offset, gradient, { valid }) {
          f.set(gradient, lanes.nmadd(gradient, rate, lanes.load(pointer, offset, valid)));
          f.emit(lanes.store(pointer, offset, gradient, valid));
        },
      };
    }
    case 'accumulate':
      return {
        address: tensor(target.accumulator).offset,
        add(pointer, offset, gradient, { valid }) {
          f.set(gradient, lanes.add(gradient, lanes.load(pointer, offset, valid)));
          f.emit(lanes.store(pointer, offset, gradient, valid));
        },
      };
    default:
      throw new Error(`internal: gradient target ${String(target satisfies never)}`);
  }
}
