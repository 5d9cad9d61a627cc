// A coordinator that lives through a schedule: what must hold is checked after each event.

import { expect } from 'vitest';
import { initialParameters } from '../../engine/initialParameters.ts';
import type { RunConfig, RunSettings } from '../config.ts';
import { createCoordinator, type Coordinator } from '../coordinator.ts';
import type { AssignmentOrder, FederationEvent } from '../events.ts';
import {
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  headerOf,
  selectByBytes,
  SLICE_BYTES,
  TEST_DEVICE,
  TINY_MODEL,
  TINY_PROBES,
} from './scenario.ts';
import { deltaSize, slicesOf } from '../slices.ts';
import type { Action } from './schedules.ts';

/** What every search finds. */
export const FOUND = { scheme: HEAD, deviceBytes: HEAD_BYTES, trainedShare: 8 / 23 };
/** The least of them is of no use, the next one for a slice. */
export const BUDGETS = [
  FULL_BYTES,
  HEAD_BYTES,
  800,
  FULL_BYTES,
  SLICE_BYTES,
  HEAD_BYTES,
  FULL_BYTES,
  HEAD_BYTES,
  100,
];
/** Half of the devices are at work when the random part begins. */
export const OPENING: readonly Action[] = [0, 1, 2].flatMap((device) => [
  { kind: 'join', device, choice: device + 1 },
  { kind: 'ready', device, choice: 1 },
]);

/** Turns what devices do into events: uploads pick any assignment that was ever given, by its own device or another. */
export function eventOf(
  action: Action,
  { nowMs, orders, changes, coordinator }: Life,
): FederationEvent | null {
  const atMs = nowMs;
  if (action.kind === 'wait') return { kind: 'clockAdvanced', atMs };
  if (action.kind === 'change') {
    const settings = changes[action.choice % Math.max(changes.length, 1)];
    if (!settings) return null;
    const { onePerDevice } = coordinator.config.strategy;
    const { onePerDevice: _, ...strategy } = settings.strategy;
    return {
      kind: 'settingsChanged',
      atMs,
      settings: {
        ...settings,
        strategy: { ...strategy, onePerDevice },
      },
    };
  }
  const deviceId = `device${action.device}`;
  switch (action.kind) {
    case 'join': {
      const budgetBytes = BUDGETS[action.choice % BUDGETS.length]!;
      return { kind: 'deviceJoined', atMs, deviceId, budgetBytes, device: TEST_DEVICE };
    }
    case 'ready':
      return { kind: 'deviceReady', atMs, deviceId, held: action.choice % 3 === 0 ? [] : [-1, 0, -1, 1] };
    case 'lose':
      return { kind: 'deviceLost', atMs, deviceId };
    case 'leave':
      return { kind: action.choice % 2 === 0 ? 'deviceLeft' : 'deviceRemoved', atMs, deviceId };
    case 'upload': {
      const newest = orders.filter((order) => order.deviceId === deviceId).at(-1);
      const order = action.choice % 4 === 0 ? orders[action.choice % Math.max(orders.length, 1)] : newest;
      if (!order) return null;
      const { assignmentId, probe } = order;
      // Now and then what was not asked for.
      if (Boolean(probe) !== (action.choice % 11 === 0)) {
        const header = { assignmentId, product: action.delta, samples: 10, held: [0, 0, 0, 0] };
        return { kind: 'probeReceived', atMs, deviceId, header };
      }
      const delta = new Float32Array(deltaSize(slicesOf(TINY_MODEL, order.scheme))).fill(action.delta);
      return { kind: 'updateReceived', atMs, deviceId, header: headerOf(order.assignmentId), delta };
    }
  }
}

export interface Life {
  readonly coordinator: Coordinator;
  readonly events: FederationEvent[];
  readonly orders: AssignmentOrder[];
  readonly accepted: Map<string, number>;
  readonly changes: readonly RunSettings[];
  /** Updates that went into a version. */
  numStepped: number;
  /** Bases may be kept. */
  hasMixed: boolean;
  /** Moments may be kept: so many arrays a tensor. */
  mostMoments: number;
  /** Averages may be kept: one array a tensor. */
  hasAveraged: boolean;
  nowMs: number;
}

export function createLife(config: RunConfig, changes: readonly RunSettings[] = []): Life {
  const parameters = initialParameters(TINY_MODEL, config.seed);
  const coordinator = createCoordinator({
    config,
    model: TINY_MODEL,
    parameters,
    selectScheme: selectByBytes,
    hasSearch: true,
    probePlanner: TINY_PROBES,
  });
  return {
    coordinator,
    events: [],
    orders: [],
    accepted: new Map(),
    changes,
    numStepped: 0,
    hasMixed: config.strategy.form === 'mixing',
    mostMoments: momentsOf(config),
    hasAveraged: isAveraged(config),
    nowMs: 0,
  };
}

/** Feeds one event and checks what must hold after each. */
export function live(life: Life, event: FederationEvent): void {
  const { coordinator, orders, accepted } = life;
  const before = coordinator.version;
  life.events.push(event);
  const effects = coordinator.handle(event);
  life.hasMixed ||= coordinator.config.strategy.form === 'mixing';
  life.hasAveraged ||= isAveraged(coordinator.config);
  life.mostMoments = Math.max(life.mostMoments, momentsOf(coordinator.config));
  for (const effect of effects) {
    if (effect.kind === 'stepped') life.numStepped += effect.record.updates.length;
    if (effect.kind === 'assign') orders.push(effect.order);
    if (effect.kind === 'answerUpdate' && effect.outcome.accepted && !effect.outcome.duplicate)
      accepted.set(effect.assignmentId, (accepted.get(effect.assignmentId) ?? 0) + 1);
  }
  const answers = effects.filter(({ kind }) => kind === 'answerUpdate').length;
  const rules = {
    ...rulesOf(life),
    'an update gets one answer': answers === (event.kind === 'updateReceived' ? 1 : 0),
    'a probe gets one answer':
      effects.filter(({ kind }) => kind === 'answerProbe').length ===
      (event.kind === 'probeReceived' ? 1 : 0),
    'nobody probes twice in a row': numProbesInARow(orders) < 2,
    'the version never goes back': coordinator.version >= before,
  };
  const broken = Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]));
  expect(broken, JSON.stringify(event)).toEqual([]);
}

/** By the device that got the newest order. */
export function numProbesInARow(orders: readonly AssignmentOrder[]): number {
  const own = orders.filter(({ deviceId }) => deviceId === orders.at(-1)?.deviceId);
  const trained = own.map(({ probe }) => !probe);
  return own.length - 1 - trained.lastIndexOf(true);
}

export function momentsOf({ strategy: { optimizer } }: RunConfig): number {
  return { plain: 0, momentum: 1, adam: 3 }[optimizer?.kind ?? 'plain'];
}

export function isAveraged({ strategy: { averaging = 0 } }: RunConfig): boolean {
  return averaging > 0;
}

export function rulesOf(life: Life): Record<string, boolean> {
  const { coordinator, accepted, numStepped, hasMixed, mostMoments, hasAveraged, nowMs } = life;
  const { config } = coordinator;
  const { devices, assignmentsOut, buffered, accepted: numAccepted } = coordinator.status();
  const { trigger, onePerDevice } = config.strategy;
  const holders = devices.filter(({ openAssignment }) => openAssignment !== '');
  const waiting = devices.filter(({ isReady }) => isReady);
  const kept = JSON.parse(coordinator.snapshot().json) as {
    buffer: { deviceId: string }[];
    assignments: { deviceId: string; isOverdue: boolean }[];
    devices: { deviceId: string; notBeforeMs: number }[];
  };
  const isBuffer = trigger.kind === 'buffer';
  const inBuffer = kept.buffer.map((update) => update.deviceId);
  const placed = kept.assignments.filter(({ isOverdue }) => !isOverdue).map(({ deviceId }) => deviceId);
  const others = devices.filter(
    ({ deviceId, presence, isReady }) =>
      presence === 'connected' && (isReady || placed.includes(deviceId)) && !inBuffer.includes(deviceId),
  );
  const rests =
    onePerDevice === 'whileOthersFill' ? isBuffer && others.length > 0 : onePerDevice === 'always';
  const resting = rests ? inBuffer : [];
  const late = kept.devices.filter(({ notBeforeMs }) => notBeforeMs > nowMs).map(({ deviceId }) => deviceId);
  const slow = waiting.filter(({ deviceId }) => late.includes(deviceId));
  const restless = waiting.filter(({ deviceId }) => !resting.includes(deviceId) && !late.includes(deviceId));
  const numHere = devices.filter(({ presence }) => presence !== 'gone').length;
  const numPlaces = placed.length;
  const awaited = (!isBuffer && coordinator.version === 0 && trigger.first) || trigger.size;
  const bases = hasMixed ? 4 * (buffered + assignmentsOut) : 0;
  return {
    'every assignment has one holder': holders.length === assignmentsOut,
    'no holder is gone': holders.every(({ presence }) => presence !== 'gone'),
    'no more have a place than allowed': numPlaces <= config.concurrency,
    'only connected devices without work wait': waiting.every(
      ({ presence, openAssignment }) => presence === 'connected' && openAssignment === '',
    ),
    'a ready device waits only for a free place':
      !isBuffer || restless.length === 0 || numPlaces === config.concurrency,
    'enough ready devices wait only for the cohort at work':
      isBuffer || restless.length < awaited || numPlaces > 0,
    'of each device at most one update waits, where that is asked for':
      onePerDevice !== 'always' || new Set(resting).size === resting.length,
    'resting devices have somebody to wait for': resting.length === 0 || numPlaces > 0 || slow.length > 0,
    'a full buffer is stepped': !isBuffer || buffered < trigger.size,
    'a cohort waits for somebody': isBuffer || buffered === 0 || numPlaces > 0,
    'the clock is asked for while leases run':
      (assignmentsOut === 0 && slow.length === 0) ||
      (coordinator.wakeAtMs !== null && coordinator.wakeAtMs > nowMs),
    'what is accepted counts once':
      numAccepted === accepted.size && [...accepted.values()].every((times) => times === 1),
    'what is accepted is in a version or in the buffer': numAccepted === numStepped + buffered,
    'nothing is kept but the model, its moments and average, the buffer and the bases of what is out':
      coordinator.snapshot().arrays.length <= 4 + 4 * (mostMoments + Number(hasAveraged)) + buffered + bases,
    'those who take part are counted':
      coordinator.census.numHere === numHere && coordinator.census.numAlike(TEST_DEVICE) === numHere,
    'parameters are finite': coordinator.parameters.every((values) => values.every(Number.isFinite)),
  };
}

export function play(life: Life, actions: readonly Action[]): void {
  for (const action of [...OPENING, ...actions]) {
    life.nowMs += action.kind === 'wait' ? action.ms : 1;
    const event = eventOf(action, life);
    if (event) live(life, event);
    const { searching } = life.coordinator;
    if (action.kind === 'wait' && action.ms > 1 && searching) {
      const { budgetBytes } = searching;
      live(life, { kind: 'schemeFound', atMs: life.nowMs, budgetBytes, choice: FOUND });
    }
  }
}
