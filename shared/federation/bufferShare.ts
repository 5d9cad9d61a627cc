// Who has had its share of the buffer and waits for the step: at most one update of a device, at most half of the buffer from
// one address, as long as others who are at work can fill it. Nobody waits for the slow: who takes twice as long as is usual
// does not count among those who can.
//
// Liveness: those who can fill it are at work, or may have work now, and stop counting by the clock (`soonEndMs`).

import type { RunConfig } from './config.ts';
import { holdsPlace } from './leases.ts';
import { lowerMedian } from './policies/median.ts';
import type { CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';
import { rulesOf, stepFactsOf } from './triggers.ts';

/** Times what the devices at work usually take: whoever takes longer is not waited for. */
const SOON = 2;
const SHARE_OF_ADDRESS = 0.5;

/** Whether a ready device waits for the step; holds for the state as it stands. */
export function restsForStep(state: CoordinatorState, config: RunConfig): (device: DeviceRecord) => boolean {
  const { onePerDevice, trigger } = config.strategy;
  if (onePerDevice === 'never' || state.buffer.length === 0 || state.ready.size === 0) return () => false;
  const buffered = new Set(state.buffer.map(({ deviceId }) => deviceId));
  if (onePerDevice === 'always') return ({ deviceId }) => buffered.has(deviceId);
  return rulesOf(trigger).isSynchronous ? () => false : hasHadItsShare(state, config, buffered);
}

function hasHadItsShare(
  state: CoordinatorState,
  config: RunConfig,
  buffered: ReadonlySet<string>,
): (device: DeviceRecord) => boolean {
  const size = rulesOf(config.strategy.trigger).stepSize(stepFactsOf(state), config.concurrency);
  const missing = size - state.buffer.length;
  const ofAddress = new Map<string, number>();
  for (const { deviceId } of state.buffer) {
    const origin = state.devices.get(deviceId)?.origin ?? '';
    ofAddress.set(origin, (ofAddress.get(origin) ?? 0) + 1);
  }
  let fillers: readonly DeviceRecord[] | null = null;
  return ({ deviceId, origin }) => {
    const isOfFullAddress = origin !== '' && (ofAddress.get(origin) ?? 0) >= SHARE_OF_ADDRESS * size;
    if (!buffered.has(deviceId) && !isOfFullAddress) return false;
    fillers ??= fillersOf(state, config, buffered);
    if (buffered.has(deviceId)) return fillers.length >= missing;
    return fillers.filter((filler) => filler.origin !== origin).length >= missing;
  };
}

/** Devices without an update in the buffer that are about to bring one. */
function fillersOf(
  state: CoordinatorState,
  config: RunConfig,
  buffered: ReadonlySet<string>,
): readonly DeviceRecord[] {
  const fillers: DeviceRecord[] = [];
  const soonMs = lengthOfSoon(state, config);
  for (const assignment of state.assignments.values()) {
    const device = state.devices.get(assignment.deviceId)!;
    const mayFill = holdsPlace(assignment) && !assignment.probe && device.presence === 'connected';
    if (mayFill && !buffered.has(device.deviceId) && state.nowMs < soonEndMs(device, assignment, soonMs))
      fillers.push(device);
  }
  for (const deviceId of state.ready) {
    const device = state.devices.get(deviceId)!;
    if (!buffered.has(deviceId) && device.notBeforeMs <= state.nowMs) fillers.push(device);
  }
  return fillers;
}

/** So long after they were given out, assignments are waited for. Each device has one voice, however often it answers. */
export function lengthOfSoon(
  { assignments, ready, devices }: CoordinatorState,
  { tempoMs }: RunConfig,
): number {
  const turns: number[] = [];
  const note = (deviceId: string): void => {
    const { turnMs } = devices.get(deviceId)!;
    if (turnMs > 0) turns.push(turnMs);
  };
  for (const { deviceId } of assignments.values()) note(deviceId);
  for (const deviceId of ready) note(deviceId);
  return Math.ceil(SOON * Math.max(tempoMs, turns.length === 0 ? 0 : lowerMedian(turns)));
}

/** Until when the assignment's update is taken to come soon. */
export function soonEndMs(
  { turnMs }: DeviceRecord,
  { issuedAtMs }: Pick<OpenAssignment, 'issuedAtMs'>,
  soonMs: number,
): number {
  return turnMs > soonMs ? issuedAtMs : issuedAtMs + soonMs;
}
