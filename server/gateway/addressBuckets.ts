// One token bucket an address, for as many addresses as are worth remembering. The clock is handed in.

import { createTokenBucket, type TokenBucket } from '../guard/tokenBucket.ts';

/** Of more addresses those that were quiet longest are forgotten: their buckets are full again. */
const REMEMBERED = 10_000;

export interface AddressBuckets {
  /** Takes one token of the address; false when there is none. `nowMs` never goes back. */
  take(address: string, nowMs: number): boolean;
}

export function createAddressBuckets(limits: {
  readonly perSecond: number;
  readonly burst: number;
}): AddressBuckets {
  const buckets = new Map<string, TokenBucket>();
  return {
    take(address, nowMs) {
      const bucket = buckets.get(address) ?? createTokenBucket(limits);
      buckets.delete(address);
      buckets.set(address, bucket);
      const [quietest] = buckets.keys();
      if (buckets.size > REMEMBERED) buckets.delete(quietest!);
      return bucket.take(nowMs);
    },
  };
}
