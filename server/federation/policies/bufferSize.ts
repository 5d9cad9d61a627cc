// How many updates fill the buffer. Pure.

import type { Trigger } from '../config.ts';

/** K: the trigger's size, but at least its share of the updates that can be in flight at once. */
export function bufferSize(
  trigger: Extract<Trigger, { kind: 'buffer' }>,
  numConnected: number,
  concurrency: number,
): number {
  return Math.max(trigger.size, Math.ceil((trigger.deviceShare ?? 0) * Math.min(numConnected, concurrency)));
}
