// Packs where a relu or relu6 has a gradient.

import type { PackMaskOp } from './op.ts';
import { i32, type Expression } from '../../wasm/code/instructions.ts';
import { activeMask } from '../../wasm/kernels/activeMask.ts';
import { imageOf, type Kernel } from '../../wasm/kernels/kernel.ts';
import { forEachByte } from '../../wasm/kernels/mask.ts';

export function emitPackMask(kernel: Kernel, op: PackMaskOp): void {
  const { f, lanes } = kernel;
  const value = f.local(lanes.vector);
  const x = f.local('i32', imageOf(kernel, op.x).start);
  const mask = f.local('i32', kernel.tensor(op.mask).offset);
  const bits = f.local('i32');
  const activeBits = (offset: number, valid: number): Expression => {
    f.set(value, lanes.load(x, offset, valid));
    return lanes.maskBits(activeMask(lanes, op.function, value));
  };

  forEachByte(
    kernel,
    x,
    mask,
    imageOf(kernel, op.x).sampleBytes / 4,
    (numElements) => {
      f.set(bits, 0);
      for (let first = 0; first < numElements; first += lanes.width)
        f.set(bits, i32.or(bits, i32.shl(activeBits(first * 4, lanes.width), first)));
      f.emit(i32.store8(mask, 0, bits));
    },
    (numElements) => {
      const bit = f.local('i32', 0);
      f.set(bits, 0);
      f.doWhile(() => {
        f.set(bits, i32.or(bits, i32.shl(i32.and(activeBits(0, 1), 1), bit)));
        f.advance(x, 4);
        f.advance(bit, 1);
        return i32.ne(bit, numElements);
      });
      f.emit(i32.store8(mask, 0, bits));
    },
  );
}
