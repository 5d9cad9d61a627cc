// How a live run reaches its devices: whoever has their connections is told here. Knows nothing of connections.

import type { RefusalCode } from '../../shared/contract/messages.ts';
import type { AssignmentOrder } from '../../shared/federation/events.ts';

/** Why a run ends: it is over, or another one takes its place and its devices. */
export type RunEnd = Extract<RefusalCode, 'runEnded' | 'moved'>;

/** Called only for what is durable. */
export interface RunOutlet {
  /** Delivers, or drops it where the device is not connected: its lease ends by itself. */
  readonly assign: (order: AssignmentOrder) => void;
  readonly ended: (end: RunEnd) => void;
  readonly removed: (deviceId: string) => void;
  /** Nothing fits its budget any more. */
  readonly refused: (deviceId: string, smallestBudgetBytes: number) => void;
}

export interface Outlet extends RunOutlet {
  /** From now on this one is told; before the first, nobody. */
  readonly attach: (outlet: RunOutlet) => void;
}

export function createOutlet(): Outlet {
  let told: RunOutlet | null = null;
  return {
    attach: (outlet) => void (told = outlet),
    assign: (order) => told?.assign(order),
    ended: (end) => told?.ended(end),
    removed: (deviceId) => told?.removed(deviceId),
    refused: (deviceId, smallestBudgetBytes) => told?.refused(deviceId, smallestBudgetBytes),
  };
}
