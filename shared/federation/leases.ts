// Leases: an assignment belongs to one device for a while. How they begin, are stretched by a reconnection, and end.
// Knows nothing of why an assignment is given out or what its update is worth.
//
//   issued                 issued + leaseMs          issued + leaseMs + graceMs
//   |---- connected --------------|                              |
//   |------ lost at t: until t + graceMs, at most ---------------|
//   |------ back at t: the first, or t + graceMs, at most -------|
//   |-- place --|                                    others wait for it no longer than expected (policies/expectedTime.ts)

import type { RunConfig } from './config.ts';
import { noteFutile } from './rest.ts';
import type { ClosedAssignment, CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';

/** A device repeats its newest upload only; some more cover assignments that never reached it. */
const REMEMBERED_PER_DEVICE = 8;

export function openLease(state: CoordinatorState, device: DeviceRecord, assignment: OpenAssignment): void {
  state.assignments.set(assignment.number, assignment);
  state.ready.delete(device.deviceId);
  device.open = assignment.number;
  device.assignments++;
  device.trainedShare = assignment.trainedShare;
  device.scheme = assignment.scheme;
  device.hasJustProbed = assignment.probe !== null;
  if (assignment.probe) device.probed = [...device.probed, assignment.probe.group];
}

/** Takes the assignment from its device and remembers how it ended. */
export function closeLease(state: CoordinatorState, device: DeviceRecord, closed: ClosedAssignment): void {
  if (device.open !== closed.number)
    throw new Error(`internal: device ${device.deviceId} holds ${device.open}, not ${closed.number}`);
  state.assignments.delete(closed.number);
  device.open = null;
  device.closed = [...device.closed, closed].slice(-REMEMBERED_PER_DEVICE);
}

/** Ends the device's lease, if it holds one, without an update. */
export function expireLease(state: CoordinatorState, device: DeviceRecord): void {
  const assignment = openOf(state, device);
  if (!assignment) return;
  closeLease(state, device, { number: assignment.number, end: 'expired' });
  state.expired++;
  if (assignment.probe) allowAgain(device, assignment.probe.group);
}

/** Once: a tab finds out only from a probe that its new arena lacks blocks, and asks for work anew. */
function allowAgain(device: DeviceRecord, group: number): void {
  if (device.probedInVain.includes(group)) return;
  device.probedInVain = [...device.probedInVain, group];
  device.probed = device.probed.filter((probed) => probed !== group);
}

/** Ends all leases that have run out by now. */
export function expireDueLeases(state: CoordinatorState): void {
  for (const assignment of state.assignments.values())
    if (assignment.leaseEndMs <= state.nowMs) expireLease(state, state.devices.get(assignment.deviceId)!);
}

/** The connection is gone: the lease now runs for the grace. */
export function leaseOfLost(state: CoordinatorState, config: RunConfig, device: DeviceRecord): void {
  const assignment = openOf(state, device);
  if (assignment)
    assignment.leaseEndMs = Math.min(state.nowMs + config.graceMs, lastEndMs(assignment, config));
}

/** The device is back: time enough to send what it has. */
export function leaseOfReturned(state: CoordinatorState, config: RunConfig, device: DeviceRecord): void {
  const assignment = openOf(state, device);
  if (assignment)
    assignment.leaseEndMs = Math.max(
      assignment.issuedAtMs + config.leaseMs,
      Math.min(state.nowMs + config.graceMs, lastEndMs(assignment, config)),
    );
}

/** What it was expected to take has passed for these: they make place for others, and their devices count as silent. */
export function passDuePlaces(state: CoordinatorState): void {
  for (const assignment of state.assignments.values()) {
    if (assignment.isOverdue || assignment.placeEndMs > state.nowMs) continue;
    assignment.isOverdue = true;
    const device = state.devices.get(assignment.deviceId)!;
    if (device.presence === 'connected') noteFutile(state, device);
  }
}

/** Whether it counts among those that are out. */
export function holdsPlace({ isOverdue }: OpenAssignment): boolean {
  return !isOverdue;
}

export function numPlacesHeld({ assignments }: CoordinatorState): number {
  let held = 0;
  for (const assignment of assignments.values()) if (holdsPlace(assignment)) held++;
  return held;
}

export function openOf(state: CoordinatorState, device: DeviceRecord): OpenAssignment | undefined {
  return device.open === null ? undefined : state.assignments.get(device.open);
}

/** However often a device comes and goes, no lease outlives this. */
function lastEndMs(assignment: OpenAssignment, config: RunConfig): number {
  return assignment.issuedAtMs + config.leaseMs + config.graceMs;
}
