// When the coordinator must look again though nothing happens: leases, graces, deadlines, the relaxing of the choice, searches.

import { lengthOfSoon, soonEndMs } from './bufferShare.ts';
import { idleEndMs } from './presence.ts';
import { patienceEndMs } from './probing.ts';
import type { CoordinatorContext, CoordinatorState } from './state.ts';
import { rulesOf } from './triggers.ts';

/** Asks for the next wake-up, if it is another than the one asked for. */
export function askForWakeUp(context: CoordinatorContext): void {
  const { state, effects } = context;
  const next = nextDueMs(context);
  if (next === state.wakeAtMs) return;
  state.wakeAtMs = next;
  if (next !== null) effects.push({ kind: 'wakeAt', atMs: next });
}

function nextDueMs(context: CoordinatorContext): number | null {
  const { state } = context;
  let next = Math.min(state.relaxAtMs ?? Infinity, state.admitAtMs ?? Infinity, deadline(state));
  if (state.searching === null) next = Math.min(next, searchDueMs(context));
  for (const { leaseEndMs } of state.assignments.values()) next = Math.min(next, leaseEndMs);
  for (const { graceEndMs } of state.devices.values()) next = Math.min(next, graceEndMs ?? Infinity);
  next = Math.min(next, lineDueMs(context));
  return next < Infinity ? next : null;
}

/** Somebody waits for a place, for the end of a rest, or for a cohort: when may that have come? */
function lineDueMs({ state, config }: CoordinatorContext): number {
  let next = Infinity;
  const later = (atMs: number): void => {
    if (atMs > state.nowMs) next = Math.min(next, atMs);
  };
  if (state.ready.size === 0 && !state.isCohortOut) return next;
  for (const { isOverdue, placeEndMs } of state.assignments.values()) if (!isOverdue) later(placeEndMs);
  if (state.buffer.length > 0 && config.strategy.onePerDevice === 'whileOthersFill') {
    const soonMs = lengthOfSoon(state, config);
    for (const assignment of state.assignments.values())
      later(soonEndMs(state.devices.get(assignment.deviceId)!, assignment, soonMs));
  }
  for (const deviceId of state.ready) later(state.devices.get(deviceId)!.notBeforeMs);
  if (rulesOf(config.strategy.trigger).isSynchronous)
    for (const device of state.devices.values())
      if (device.presence === 'connected' && device.open === null) later(idleEndMs(device));
  return next;
}

/** A search that waits for devices to tell waits for them, and for the end of its patience. */
function searchDueMs(context: CoordinatorContext): number {
  const { searchAtMs, nowMs } = context.state;
  const dueMs = [searchAtMs, patienceEndMs(context)].find((atMs) => atMs !== null && atMs > nowMs);
  return dueMs ?? Infinity;
}

/** A deadline that passed with an empty buffer waits for an update, not for the clock. */
function deadline({ deadlineMs, nowMs }: CoordinatorState): number {
  return deadlineMs !== null && deadlineMs > nowMs ? deadlineMs : Infinity;
}
