// Who of those that wait for work comes next where there is not enough for all. Addresses share: the next one is of the
// address that has least, in the order in which its devices came; the silent come last of all. Whoever is alone, or where
// places are enough, has as much as ever: nothing is capped. Knows nothing of when a device may have work.
//
// Liveness: while fewer than `concurrency` assignments are out, no device in the line waits. Safety: with what addresses of
// less than their share get beyond that, at most twice as many are out.

import { isSilent } from './rest.ts';
import { holdsPlace } from './leases.ts';
import type { CoordinatorState, DeviceRecord } from './state.ts';

/**
 * The devices of `line` that are to have work now, in that order, at most `free` of them. `share`: up to so much an address is
 * given beyond `free`; 0: nothing is.
 */
export function nextInLine(
  state: CoordinatorState,
  line: readonly DeviceRecord[],
  free: number,
  share: number,
): DeviceRecord[] {
  if (line.length <= free) return [...line];
  const had = hadByAddress(state);
  const heard = line.filter((device) => !isSilent(device));
  const silent = line.filter(isSilent);
  const chosen = pick(heard, had, free, share);
  return [...chosen, ...pick(silent, had, free - chosen.length, 0)];
}

/** An equal part of all places for each address that has or wants some. */
export function shareOfAddress(
  state: CoordinatorState,
  line: readonly DeviceRecord[],
  concurrency: number,
): number {
  const origins = new Set(line.map(({ origin }) => origin));
  for (const origin of hadByAddress(state).keys()) origins.add(origin);
  return Math.floor(concurrency / Math.max(1, origins.size));
}

/** Takes from `line`, and enters into `had` what is taken. */
function pick(
  line: readonly DeviceRecord[],
  had: Map<string, number>,
  free: number,
  share: number,
): DeviceRecord[] {
  const queues = new Map<string, DeviceRecord[]>();
  for (const device of line) {
    const queue = queues.get(device.origin);
    if (queue) queue.push(device);
    else queues.set(device.origin, [device]);
  }
  const chosen: DeviceRecord[] = [];
  while (queues.size > 0) {
    let least = '';
    let leastHad = Infinity;
    for (const origin of queues.keys())
      if ((had.get(origin) ?? 0) < leastHad) {
        least = origin;
        leastHad = had.get(origin) ?? 0;
      }
    if (chosen.length >= free && leastHad >= share) break;
    const queue = queues.get(least)!;
    chosen.push(queue.shift()!);
    had.set(least, leastHad + 1);
    if (queue.length === 0) queues.delete(least);
  }
  return chosen;
}

/** Of each address: assignments that have a place, and updates in the buffer. */
function hadByAddress(state: CoordinatorState): Map<string, number> {
  const had = new Map<string, number>();
  const count = (deviceId: string): void => {
    const origin = state.devices.get(deviceId)?.origin ?? '';
    had.set(origin, (had.get(origin) ?? 0) + 1);
  };
  for (const assignment of state.assignments.values()) if (holdsPlace(assignment)) count(assignment.deviceId);
  for (const { deviceId } of state.buffer) count(deviceId);
  return had;
}
