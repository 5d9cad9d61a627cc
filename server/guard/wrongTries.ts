// Slows down who guesses. A wrong guess is answered late once its address has made a few; a right one never waits, so that
// nobody can lock out another behind the same address.

import { createTokenBucket, type TokenBucket } from './tokenBucket.ts';

const LIMITS = { perSecond: 1 / 6, burst: 10 };
const LATE_MS = 1000;
const MOST_ADDRESSES = 10_000;
/** More are told at once to come back later: they would be held here otherwise. */
const MOST_WAITING = 200;

export interface WrongTries {
  /** Calls `answer` at once or late; `isTooMany`: not even that, for now. */
  wrong(address: string, answer: (isTooMany: boolean) => void): void;
}

export function createWrongTries(
  now: () => number = () => performance.now(),
  later: (act: () => void, ms: number) => void = (act, ms) => void setTimeout(act, ms).unref(),
): WrongTries {
  /** Those that were quiet longest first. */
  const buckets = new Map<string, TokenBucket>();
  let numWaiting = 0;
  return {
    wrong(address, answer) {
      const bucket = buckets.get(address) ?? createTokenBucket(LIMITS);
      buckets.delete(address);
      buckets.set(address, bucket);
      if (buckets.size > MOST_ADDRESSES) buckets.delete(buckets.keys().next().value!);
      if (bucket.take(now())) return answer(false);
      if (numWaiting >= MOST_WAITING) return answer(true);
      numWaiting++;
      later(() => {
        numWaiting--;
        answer(false);
      }, LATE_MS);
    },
  };
}
