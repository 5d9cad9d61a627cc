// How many updates fill the buffer. Pure.

import type { Trigger } from '../../settings/trigger.ts';

/** K: the trigger's size; with a `deviceShare` it follows the devices that can be at work at once (`Trigger`). */
export function bufferSize(
  { size, deviceShare }: Extract<Trigger, { kind: 'buffer' }>,
  numActive: number,
  concurrency: number,
): number {
  if (deviceShare === 0) return size;
  const atWork = Math.max(1, Math.min(numActive, concurrency));
  return Math.max(Math.min(size, atWork), Math.ceil(deviceShare * atWork));
}
