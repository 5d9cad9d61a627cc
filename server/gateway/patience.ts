// How much of what is refused a connection may send: each refusal counts, but for those that an honest device cannot avoid,
// and is forgotten slowly. Who goes on is ended. The clock is handed in.

import type { RefusalCode } from '../../shared/contract/messages.ts';
import { createTokenBucket, type FloodLimits } from '../guard/tokenBucket.ts';

/** Races with the server's steps and runs, and its own faults: they neither count nor make good for others. */
const HONEST: ReadonlySet<RefusalCode> = new Set([
  'stale',
  'leaseExpired',
  'superseded',
  'runEnded',
  'moved',
  'internal',
]);
/** A refusal is forgotten in the time in which so many messages are allowed. */
const MESSAGES_A_REFUSAL = 200;

export interface Patience {
  /** Counts a refusal; false when with it the patience is at its end. */
  bear(code: RefusalCode, nowMs: number): boolean;
}

export function createPatience({ perSecond, patience }: FloodLimits): Patience {
  const bucket = createTokenBucket({ perSecond: perSecond / MESSAGES_A_REFUSAL, burst: patience - 1 });
  return { bear: (code, nowMs) => HONEST.has(code) || bucket.take(nowMs) };
}
