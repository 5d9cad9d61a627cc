// Blocks for tests: their headers, and a store that keeps them in memory.

import type { BlockHeader } from '../../../shared/contract/messages.ts';
import type { KeptBlock } from '../../../shared/device/holdings.ts';
import type { BlockStore } from '../blockStore.ts';

/** A whole tensor in float32. */
export function wholeBlock(tensor: number, version: number): BlockHeader {
  return { tensor, version, precision: 'float32', part: 'whole' };
}

export function createMemoryStore(): BlockStore {
  const kept = new Map<number, { readonly block: KeptBlock; readonly bytes: ArrayBuffer }>();
  return {
    get blocks() {
      return [...kept.values()].map(({ block }) => block);
    },
    read: (tensor) => Promise.resolve(kept.get(tensor)?.bytes ?? null),
    keep(block, bytes) {
      kept.set(block.tensor, { block, bytes });
    },
  };
}
