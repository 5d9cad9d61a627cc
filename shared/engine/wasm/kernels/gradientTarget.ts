// What becomes of a gradient that is complete in registers: plain SGD at once, or a sum for later.

import { isPacked, targetTensor, type GradientTarget } from '../../ops/gradientTarget.ts';
import { lengthOf } from '../../range.ts';
import type { Local } from '../code/assembler.ts';
import type { Chunk, Kernel } from './kernel.ts';

/** The slice of a tensor that a gradient moves: rows are inputs, `[positions, inputs, outputs]` in all. */
export interface GradientSink {
  /** Address of the slice's first element. */
  readonly address: number;
  /** From one row of the slice to the next. */
  readonly rowBytes: number;
  /** From one position's first row to the next one's. */
  readonly positionBytes: number;
  /** Emits weight -= learningRate * gradient, or accumulator += gradient, for one vector. */
  add(pointer: Local, offset: number, gradient: Local, chunk: Chunk): void;
}

/** The sink of a target's slice within a tensor of `inputs` x `outputs` at each position. */
export function gradientSink(
  { f, lanes, tensor, learningRate }: Kernel,
  target: GradientTarget,
  inputs: number,
  outputs: number,
): GradientSink {
  const { offset } = tensor(targetTensor(target));
  const packedRowBytes = lengthOf(target.outputs) * 4;
  const place = isPacked(target)
    ? {
        address: offset,
        rowBytes: packedRowBytes,
        positionBytes: lengthOf(target.inputs) * packedRowBytes,
      }
    : {
        address: offset + (target.inputs[0] * outputs + target.outputs[0]) * 4,
        rowBytes: outputs * 4,
        positionBytes: inputs * outputs * 4,
      };
  switch (target.kind) {
    case 'sgd': {
      const rate = f.local(lanes.vector, lanes.splat(learningRate));
      return {
        ...place,
        add(pointer, offset, gradient, { valid }) {
          f.set(gradient, lanes.nmadd(gradient, rate, lanes.load(pointer, offset, valid)));
          f.emit(lanes.store(pointer, offset, gradient, valid));
        },
      };
    }
    case 'accumulate':
      return {
        ...place,
        add(pointer, offset, gradient, { valid }) {
          f.set(gradient, lanes.add(gradient, lanes.load(pointer, offset, valid)));
          f.emit(lanes.store(pointer, offset, gradient, valid));
        },
      };
    default:
      throw new Error(`internal: gradient target ${String(target satisfies never)}`);
  }
}
