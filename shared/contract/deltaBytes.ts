// How long an update is on its way up, in each of the encodings (deltaCodec.ts), and what room for it a plan keeps. What a
// device must know before its first step.

import { AS_IT_IS, type Upload } from '../engine/messageRoom.ts';
import type { UpdateEncoding } from './messages.ts';

export const SCALE_BYTES = 4;

/** Bytes of an encoded delta; `sizes`: elements of each scheme entry. */
export function deltaBytes(sizes: readonly number[], encoding: UpdateEncoding): number {
  const numElements = sum(sizes);
  switch (encoding.kind) {
    case 'float32':
      return numElements * 4;
    case 'float16':
      return numElements * 2;
    case 'int8':
      return sizes.length * SCALE_BYTES + numElements;
    case 'topK': {
      const count = countKept(numElements, encoding.share);
      return sizes.length * SCALE_BYTES + count + placesBytes(numElements, count);
    }
    default:
      throw new Error(`internal: encoding ${JSON.stringify(encoding satisfies never)}`);
  }
}

/** What plans keep room for where updates go up in this encoding. */
export function uploadOf(encoding: UpdateEncoding): Upload {
  if (encoding.kind === 'float32') return AS_IT_IS;
  return { messageBytes: (sizes) => deltaBytes(sizes, encoding), keepsRest: encoding.kind === 'topK' };
}

/** Elements that topK brings of so many. */
export function countKept(numElements: number, share: number): number {
  return Math.min(numElements, Math.max(1, Math.round(share * numElements)));
}

/** Bytes of `count` places among `numElements`, 1 <= count <= numElements (sparsePlaces.ts). */
export function placesBytes(numElements: number, count: number): number {
  const lowBits = lowBitsOf(numElements, count);
  return Math.ceil((count * lowBits + count + Math.floor(numElements / 2 ** lowBits) + 1) / 8);
}

export function lowBitsOf(numElements: number, count: number): number {
  return Math.min(24, Math.floor(Math.log2(numElements / count)));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
