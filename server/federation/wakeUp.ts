// When the coordinator must look again though nothing happens: leases, graces, deadlines, the relaxing of the choice, searches.

import type { CoordinatorContext, CoordinatorState } from './state.ts';

/** Asks for the next wake-up, if it is another than the one asked for. */
export function askForWakeUp({ state, effects }: CoordinatorContext): void {
  const next = nextDueMs(state);
  if (next === state.wakeAtMs) return;
  state.wakeAtMs = next;
  if (next !== null) effects.push({ kind: 'wakeAt', atMs: next });
}

function nextDueMs(state: CoordinatorState): number | null {
  let next = Math.min(state.relaxAtMs ?? Infinity, state.admitAtMs ?? Infinity, deadline(state));
  if (state.searching === null) next = Math.min(next, state.searchAtMs ?? Infinity);
  for (const { leaseEndMs } of state.assignments.values()) next = Math.min(next, leaseEndMs);
  for (const { graceEndMs } of state.devices.values()) next = Math.min(next, graceEndMs ?? Infinity);
  return next < Infinity ? next : null;
}

/** A deadline that passed with an empty buffer waits for an update, not for the clock. */
function deadline({ deadlineMs, nowMs }: CoordinatorState): number {
  return deadlineMs !== null && deadlineMs > nowMs ? deadlineMs : Infinity;
}
