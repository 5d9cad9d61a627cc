// The saved state of relu and relu6: one bit an element, counted through the buffer as it lies, least significant bit first.

import type { Op } from '../../plan.ts';
import { i32 } from '../instructions.ts';
import type { Expression } from '../instructions.ts';
import type { Local } from '../assembler.ts';
import { activeMask } from './activation.ts';
import { imageOf } from './kernel.ts';
import type { Kernel } from './kernel.ts';

const ELEMENTS_PER_BYTE = 8;

/** Calls `body` for each mask byte of `count` samples, the last one perhaps with fewer than 8 elements. */
function forEachByte(
  { f, count }: Kernel,
  buffer: Local,
  mask: Local,
  sampleElements: number,
  body: (numElements: number) => void,
  partial: (numElements: Local) => void,
): void {
  const left = f.local('i32', i32.mul(count, sampleElements));
  f.whileAtLeast(left, ELEMENTS_PER_BYTE, () => {
    f.scope(() => body(ELEMENTS_PER_BYTE));
    f.advance(buffer, ELEMENTS_PER_BYTE * 4);
    f.advance(mask, 1);
  });
  if (sampleElements % ELEMENTS_PER_BYTE !== 0) f.if(left, () => f.scope(() => partial(left)));
}

export function emitPackMask(kernel: Kernel, op: Extract<Op, { kind: 'packMask' }>): void {
  const { f, lanes } = kernel;
  const value = f.local(lanes.vector);
  const x = f.local('i32', imageOf(kernel, op.x).start);
  const mask = f.local('i32', kernel.tensor(op.mask).offset);
  const bits = f.local('i32');
  const activeBits = (offset: number, valid: number): Expression => {
    f.set(value, lanes.load(x, offset, valid));
    return lanes.maskBits(activeMask(kernel, op.function, value));
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

/** dy = 0 where the bit of the element is not set; dy lies as the masked buffer did. */
export function emitActivationGradFromBits(
  kernel: Kernel,
  op: Extract<Op, { kind: 'activationGrad' }>,
): void {
  const { f, lanes } = kernel;
  const dy = f.local('i32', imageOf(kernel, op.dy).start);
  const mask = f.local('i32', kernel.tensor(op.source).offset);
  const bits = f.local('i32');
  function keepActive(offset: number, valid: number): void {
    f.scope(() => {
      const keep = f.local(lanes.mask, lanes.maskFromBits(bits));
      const value = f.local(lanes.vector, lanes.load(dy, offset, valid));
      f.set(value, lanes.keep(keep, value));
      f.emit(lanes.store(dy, offset, value, valid));
      f.set(bits, i32.shrU(bits, valid));
    });
  }
  forEachByte(
    kernel,
    dy,
    mask,
    imageOf(kernel, op.dy).sampleBytes / 4,
    (numElements) => {
      f.set(bits, i32.load8(mask));
      for (let first = 0; first < numElements; first += lanes.width) keepActive(first * 4, lanes.width);
    },
    (numElements) => {
      f.set(bits, i32.load8(mask));
      f.doWhile(() => {
        keepActive(0, 1);
        f.advance(dy, 4);
        f.advance(numElements, -1);
        return numElements;
      });
    },
  );
}
