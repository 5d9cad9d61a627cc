// The saved state of relu and relu6: one bit an element, counted through the buffer as it lies, least significant bit first.

import type { Local } from '../code/assembler.ts';
import { i32 } from '../code/instructions.ts';
import type { Kernel } from './kernel.ts';

const ELEMENTS_PER_BYTE = 8;

/** Calls `body` for each mask byte of `count` samples, the last one perhaps with fewer than 8 elements. */
export function forEachByte(
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
