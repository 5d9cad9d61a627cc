// Devices come, are lost, return and leave. Keeps who takes part, and what is remembered of those who do not.

import type { DeviceInfo, Holding } from '../contract/messages.ts';
import type { FederationEvent } from './events.ts';
import { holdingIn, NOTHING_HELD } from './holding.ts';
import { expireLease, leaseOfLost, holdsPlace, leaseOfReturned, openOf } from './leases.ts';
import { keepTempo } from './rest.ts';
import { countRefusal } from './refusals.ts';
import { haveSayFromMs, reviseChoice } from './schemeChoice.ts';
import { wayIn } from './subnetworkChoice.ts';
import type { CoordinatorContext, CoordinatorState, DeviceRecord } from './state.ts';

/** Figures of more devices than this that are gone are forgotten, the longest gone first. */
const REMEMBERED_GONE = 1024;
/** Of those that never contributed so many are remembered. */
const REMEMBERED_IDLE = 256;

/** A new device, or a known one that is back; its lease stays. One that can train nothing is refused and holds nothing. */
export function joinDevice(
  context: CoordinatorContext,
  event: Pick<
    Extract<FederationEvent, { kind: 'deviceJoined' }>,
    'deviceId' | 'budgetBytes' | 'device' | 'origin' | 'dealtSamples'
  >,
): void {
  const { state, config } = context;
  const { deviceId, budgetBytes } = event;
  const fit = wayIn(context, budgetBytes);
  const known = state.devices.get(deviceId);
  if ('smallestBudgetBytes' in fit) {
    if (known && known.presence !== 'gone') departDevice(context, known);
    countRefusal(state, 'budgetTooSmall');
    context.effects.push({ kind: 'refuseDevice', deviceId, smallestBudgetBytes: fit.smallestBudgetBytes });
    return;
  }
  const device = known ?? newDevice(deviceId, event.device, budgetBytes);
  if (!known || known.presence === 'gone') device.sayFromMs = haveSayFromMs(context);
  if (known && known.presence !== 'gone') state.census.go(known.device);
  state.census.come(event.device);
  if (device.presence === 'gone' || device.budgetBytes !== budgetBytes) device.updatesInBudget = 0;
  device.device = event.device;
  device.origin = event.origin ?? '';
  device.isBack = known !== undefined;
  device.heardAtMs = state.nowMs;
  device.budgetBytes = budgetBytes;
  device.dealtSamples = event.dealtSamples ?? 0;
  device.isNarrow = fit.isNarrow;
  device.presence = 'connected';
  device.graceEndMs = null;
  state.devices.set(deviceId, device);
  // What an earlier connection asked for says nothing of what a reloaded page holds.
  state.ready.delete(deviceId);
  leaseOfReturned(state, config, device);
  reviseChoice(context);
}

/** The device wants work and has nothing to send: what it was working on is given up. */
export function makeReady(context: CoordinatorContext, deviceId: string, holding: Holding): void {
  const { state, config } = context;
  const device = state.devices.get(deviceId);
  if (!device || device.presence !== 'connected') return;
  const givenUp = openOf(state, device);
  if (givenUp && !device.isBack) keepTempo(device, config, givenUp);
  device.isBack = false;
  expireLease(state, device);
  enqueueReady(context, device, holding);
}

/** Puts a device without an assignment at the end of the queue; one that is in it keeps its place. */
export function enqueueReady(context: CoordinatorContext, device: DeviceRecord, holding: Holding): void {
  const { state } = context;
  if (device.presence !== 'connected' || device.open !== null) return;
  device.holding = holdingIn(holding);
  device.heardAtMs = state.nowMs;
  state.ready.add(device.deviceId);
}

/** The connection is gone; the lease is kept for the grace. */
export function loseDevice({ state, config }: CoordinatorContext, deviceId: string): void {
  const device = state.devices.get(deviceId);
  if (!device || device.presence !== 'connected') return;
  device.presence = 'lost';
  device.graceEndMs = state.nowMs + config.graceMs;
  state.ready.delete(deviceId);
  leaseOfLost(state, config, device);
}

export function leaveDevice(context: CoordinatorContext, deviceId: string): void {
  const device = context.state.devices.get(deviceId);
  if (device && device.presence !== 'gone') departDevice(context, device);
}

/** Lost devices whose grace is over count as gone. */
export function departDueDevices(context: CoordinatorContext): void {
  for (const device of context.state.devices.values())
    if (device.graceEndMs !== null && device.graceEndMs <= context.state.nowMs) departDevice(context, device);
}

function departDevice(context: CoordinatorContext, device: DeviceRecord): void {
  const { state } = context;
  expireLease(state, device);
  state.ready.delete(device.deviceId);
  state.census.go(device.device);
  device.presence = 'gone';
  device.graceEndMs = null;
  device.holding = NOTHING_HELD;
  // To the end of the map, so that the longest gone come first among the gone.
  state.devices.delete(device.deviceId);
  state.devices.set(device.deviceId, device);
  forgetLongestGone(context);
  reviseChoice(context);
}

/** Those that never contributed go first: they are what anybody can make any number of. */
function forgetLongestGone({ state, effects }: CoordinatorContext): void {
  if (state.devices.size <= REMEMBERED_IDLE) return;
  const gone = [...state.devices.values()].filter((device) => device.presence === 'gone');
  const idle = gone.filter(({ updates }) => updates === 0).slice(0, -REMEMBERED_IDLE);
  const contributors = gone.filter(({ updates }) => updates > 0).slice(0, -REMEMBERED_GONE);
  for (const { deviceId } of [...idle, ...contributors]) {
    state.devices.delete(deviceId);
    effects.push({ kind: 'forgotten', deviceId });
  }
}

function newDevice(deviceId: string, device: DeviceInfo, budgetBytes: number): DeviceRecord {
  return {
    deviceId,
    device,
    origin: '',
    budgetBytes,
    dealtSamples: 0,
    claimedSamples: 0,
    isNarrow: false,
    updatesInBudget: 0,
    acceptedAt: 0,
    isExempt: false,
    sayFromMs: 0,
    presence: 'connected',
    graceEndMs: null,
    holding: NOTHING_HELD,
    scheme: null,
    open: null,
    notBeforeMs: 0,
    futile: 0,
    turnMs: 0,
    isBack: false,
    heardAtMs: 0,
    closed: [],
    trainedShare: 0,
    probed: [],
    probedInVain: [],
    hasJustProbed: false,
    assignments: 0,
    updates: 0,
    refused: 0,
    lastStaleness: -1,
    stalenessSum: 0,
    report: null,
  };
}

/** A connected device that neither works nor waits for work is counted on for so long. */
const IDLE_MS = 60_000;

/** Connected devices that are at work, wait for work, or were heard of a moment ago: those that are worth waiting for. */
export function numActive(state: CoordinatorState): number {
  let active = 0;
  for (const device of state.devices.values())
    if (device.presence === 'connected' && isActive(state, device)) active++;
  return active;
}

function isActive(state: CoordinatorState, device: DeviceRecord): boolean {
  const open = openOf(state, device);
  if (open) return holdsPlace(open);
  return state.ready.has(device.deviceId) || idleEndMs(device) > state.nowMs;
}

/** When it stops being counted on, if it has neither work nor asks for it. */
export function idleEndMs({ heardAtMs }: DeviceRecord): number {
  return heardAtMs + IDLE_MS;
}

/** Devices that take part now. */
export function numConnected({ devices }: CoordinatorState): number {
  let connected = 0;
  for (const { presence } of devices.values()) if (presence === 'connected') connected++;
  return connected;
}
