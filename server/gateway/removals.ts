// Who was removed a moment ago, by the address and by what the device says of itself: a device that has a name of its own and
// comes again at once, as somebody new, waits. It is no wall: who says something else of itself comes in, as identities are
// free. Without a name it could not be told from its neighbours in a class behind one address, who are not to wait. The clock
// is handed in.

import type { DeviceInfo } from '../../shared/contract/messages.ts';

export const REMOVAL_HOLDS_MS = 60_000;
/** The oldest are forgotten first. */
const MOST = 1000;

export interface Removals {
  note(origin: string, device: DeviceInfo, nowMs: number): void;
  /** For how long it is to wait; 0: it is not. */
  waitMs(origin: string, device: DeviceInfo, nowMs: number): number;
}

export function createRemovals(): Removals {
  const ends = new Map<string, number>();
  return {
    note(origin, device, nowMs) {
      if (device.name === '') return;
      const key = keyOf(origin, device);
      ends.delete(key);
      ends.set(key, nowMs + REMOVAL_HOLDS_MS);
      const [oldest] = ends.keys();
      if (ends.size > MOST) ends.delete(oldest!);
    },
    waitMs: (origin, device, nowMs) => Math.max(0, (ends.get(keyOf(origin, device)) ?? 0) - nowMs),
  };
}

function keyOf(origin: string, { name, browser, cores, profile }: DeviceInfo): string {
  return JSON.stringify([origin, name, browser, cores, profile]);
}
