// Who was removed a moment ago, by the address and by what the device says of itself: the same tab that comes again at once, as
// somebody new, waits. It is no wall: who says something else of itself comes in, as identities are free, and so may the
// neighbour in a class behind one address that looks the same have to wait, which is why it is short. The clock is handed in.

import type { DeviceInfo } from '../../shared/protocol/messages.ts';

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
