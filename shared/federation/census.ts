// How many devices of each kind take part, counted as they come and go: who deals a newcomer to a run asks, and need not walk
// them all. Follows from the devices, so that no snapshot needs it.

import type { DeviceInfo } from '../contract/messages.ts';

export interface Census {
  /** Devices that are here or lost. */
  readonly numHere: number;
  /** Those of them that are about as fast as this one. */
  numAlike(device: DeviceInfo): number;
  come(device: DeviceInfo): void;
  go(device: DeviceInfo): void;
}

export function createCensus(devices: Iterable<DeviceInfo> = []): Census {
  const counts = new Map<string, number>();
  let numHere = 0;
  const census: Census = {
    get numHere() {
      return numHere;
    },
    numAlike: (device) => counts.get(kindOf(device)) ?? 0,
    come(device) {
      const kind = kindOf(device);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      numHere++;
    },
    go(device) {
      const kind = kindOf(device);
      const left = counts.get(kind)! - 1;
      if (left === 0) counts.delete(kind);
      else counts.set(kind, left);
      numHere--;
    },
  };
  for (const device of devices) census.come(device);
  return census;
}

/** Devices of one kind are about equally fast. */
function kindOf({ profile, stragglerFactor, flopsPerSecond, browser, cores }: DeviceInfo): string {
  return JSON.stringify([profile, stragglerFactor, flopsPerSecond, browser, cores]);
}
