// Headers of blocks for tests.

import type { BlockHeader } from '../../../shared/protocol/messages.ts';

/** A whole tensor in float32. */
export function wholeBlock(tensor: number, version: number): BlockHeader {
  return { tensor, version, precision: 'float32', part: 'whole' };
}
