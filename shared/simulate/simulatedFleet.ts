// The devices in virtual time: what the state machine of each (shared/device/takeTurn.ts) wants done takes its time and comes to
// something. Says to the coordinator what devices would say; knows nothing of how it aggregates.
//
//     arrives -> joined -> assignment: received -> trained -> arrives at the server -> assignment: ...
//     at any time: lost -> away -> arrives
//
// A device that was away keeps the blocks that it had and no work, as a page that was closed does.

import { parametersOf } from '../engine/model.ts';
import { isSameScheme, type UpdateScheme } from '../engine/scheme.ts';
import { deltaBytes } from '../contract/deltaBytes.ts';
import { formsOf } from '../contract/schemeForms.ts';
import {
  arrived,
  begun,
  holdingOf,
  lacksBlocks,
  nothingHeld,
  reloaded,
  survivors,
  withKept,
  withoutBlocks,
  type Holdings,
} from '../device/holdings.ts';
import { takeTurn } from '../device/takeTurn.ts';
import {
  initialTurns,
  isWanted,
  type Brought,
  type TurnEffect,
  type TurnEvent,
  type TurnState,
} from '../device/turnState.ts';
import { countFitting } from '../localWork/tempo.ts';
import type { LocalWork, UpdateHeader } from '../contract/messages.ts';
import { answerOf } from '../federation/answerOf.ts';
import type { AssignmentOrder } from '../federation/events.ts';
import type { FleetEvent, FleetParts, Member, SimulatedFleet, MemberWork } from './fleetParts.ts';
import { createEventQueue } from './eventQueue.ts';
import { createArrivals } from './arrivals.ts';
import { corruptUpdate } from './hostile.ts';
import type { PlannedWork } from './plannedWork.ts';
import type { TrainingOutcome } from './compute.ts';
import { doneBy, roundMs, timelineOf } from './timeline.ts';
import type { VirtualDevice } from './virtualDevices.ts';

type EffectOf<K extends TurnEffect['kind']> = Extract<TurnEffect, { readonly kind: K }>;

export function createSimulatedFleet(parts: FleetParts): SimulatedFleet {
  const { comings, tally, tell, model } = parts;
  const arrivals = createArrivals(model);
  const numTensors = parametersOf(model).length;
  const anyArena = Array<'float32'>(numTensors).fill('float32');
  const queue = createEventQueue<FleetEvent>();
  let nowMs = 0;
  const members = new Map(
    parts.devices.map((device): [string, Member] => [
      device.deviceId,
      {
        device,
        turns: turnsWith(nothingHeld(numTensors)),
        values: Array<Float32Array | null>(numTensors).fill(null),
        scheme: null,
        order: null,
        brought: null,
        unsent: null,
        leavesAtMs: Infinity,
        work: null,
      },
    ]),
  );
  for (const member of members.values())
    announce(comings.firstComesMs(member.device) + member.device.latencyMs, { kind: 'arrives', member });

  function trainedBy(scheme: UpdateScheme | null): number[] {
    return scheme ? formsOf(model, scheme).entries.map(({ tensor }) => tensor) : [];
  }

  function announce(atMs: number, event: FleetEvent): void {
    queue.push(roundMs(atMs), event);
  }

  function take(member: Member, event: TurnEvent): void {
    const { turns } = member;
    for (const effect of takeTurn(turns, event)) if (isWanted(turns, effect)) carryOut(member, effect);
  }

  function carryOut(member: Member, effect: TurnEffect): void {
    const { device, turns } = member;
    const { deviceId } = device;
    switch (effect.kind) {
      case 'fetchShard':
        return take(member, { kind: 'answered', ticket: effect.ticket, answer: { ok: true } });
      case 'ask': {
        const { ticket, hasDiverged } = effect;
        take(member, { kind: 'answered', ticket, answer: { ok: true } });
        const diverged = hasDiverged && { diverged: true };
        return tell({
          kind: 'deviceReady',
          atMs: nowMs,
          deviceId,
          ...holdingOf(turns.holdings),
          ...diverged,
        });
      }
      case 'prepare':
        return prepare(member, effect);
      case 'work':
        return work(member, effect);
      case 'encode':
        return take(member, { kind: 'encoded', ticket: effect.ticket, isCodeMissing: false });
      case 'send':
        return member.brought!.say();
      case 'wait': {
        const event = { kind: 'waited', ticket: effect.ticket } as const;
        return announce(nowMs + effect.ms, { kind: 'turn', member, turns, event });
      }
      case 'accepted':
        member.unsent = effect.keepsUnsent ? member.brought!.unsent : null;
        return;
      case 'abort':
        member.work?.pending?.cancel();
        member.work?.probing?.cancel();
        member.work = null;
        return;
      case 'answerOffer':
      case 'clearArena':
      case 'rejected':
        return;
      case 'declareBudget':
      case 'refused':
        throw new Error(`internal: ${effect.kind} in a simulation`);
      default:
        throw new Error(`internal: effect ${JSON.stringify(effect satisfies never)}`);
    }
  }

  function arrive(member: Member): void {
    const { device, turns } = member;
    member.leavesAtMs = nowMs + comings.staysMs(device);
    if (member.leavesAtMs < Infinity) announce(member.leavesAtMs, { kind: 'lost', member, turns });
    // The answer to the join comes back before the device says that it is ready.
    const event = { kind: 'joined', isResumed: true, openAssignment: '', numTensors } as const;
    announce(nowMs + 2 * device.latencyMs, { kind: 'turn', member, turns, event });
    tell({
      kind: 'deviceJoined',
      atMs: nowMs,
      deviceId: device.deviceId,
      budgetBytes: device.budgetBytes,
      dealtSamples: device.samples.length,
      device: {
        name: device.deviceId,
        browser: 'simulated',
        cores: 1,
        backend: 'simulated',
        profile: device.deviceClass.name,
        flopsPerSecond: device.flopsPerSecond,
        stragglerFactor: device.stragglerFactor,
      },
    });
  }

  function lose(member: Member): void {
    const { device, work } = member;
    let { holdings } = member.turns;
    if (work) {
      const done = doneBy(work.timeline, nowMs);
      tally.interrupted(device, {
        downBytes: Math.floor(done.down * work.downBytes),
        upBytes: Math.floor(done.up * work.upBytes),
        flops: done.trained * work.flops,
      });
      if (done.down < 1) holdings = withoutBlocks(holdings, work.order.blocks);
    }
    member.work = null;
    member.unsent = null;
    member.turns = turnsWith(reloaded(holdings));
    announce(nowMs + comings.awayMs(device) + device.latencyMs, { kind: 'arrives', member });
    tell({ kind: 'deviceLost', atMs: nowMs, deviceId: device.deviceId });
  }

  /** Loads the blocks, into another arena where the scheme is another. */
  function prepare(member: Member, { ticket }: EffectOf<'prepare'>): void {
    const { device, values, turns, scheme: before } = member;
    const order = member.order!;
    const { scheme, blocks } = order;
    let { holdings } = turns;
    if (!isSameScheme(before, scheme))
      holdings = withKept(nothingHeld(numTensors), survivors(holdings, order, trainedBy(before)));
    const precisions = [...holdings.precisions];
    for (const block of blocks) {
      const { tensor, part } = block;
      const held = { values: values[tensor] ?? null, precision: precisions[tensor]! };
      values[tensor] = arrivals(block, scheme, held);
      if (part === 'whole') precisions[tensor] = block.precision;
    }
    turns.holdings = arrived(begun(holdings, order, trainedBy(scheme)), blocks, anyArena);
    member.scheme = scheme;
    const event = { kind: 'prepared', ticket, isCodeMissing: false } as const;
    if (!lacksBlocks(turns.holdings)) return take(member, event);
    // What comes of it is said when it has been received.
    const amounts = { downBytes: bytesOf(blocks), upBytes: 0, flops: 0 };
    tally.finished(device, amounts);
    announce(timelineOf(device, nowMs, amounts).arrivesAtMs, { kind: 'turn', member, turns, event });
  }

  /** Begins the work; the whole of its time is known, and its upload is done when it is over. */
  function work(member: Member, { ticket, carriesUnsent }: EffectOf<'work'>): void {
    const { device, values, turns } = member;
    const given = member.order!;
    const planned = parts.planWork(given, device);
    const order = { ...given, localWork: workInTime(given.localWork, planned, device) };
    const base = values.map((tensor) => tensor!);
    const amounts = {
      downBytes: bytesOf(order.blocks),
      upBytes: order.probe ? 0 : deltaBytes(planned.entrySizes, order.encoding),
      flops: order.probe
        ? planned.probeFlopsOf(device.samples.length, order.probe.numBatches)
        : planned.flopsOf(device.samples.length, order.localWork.maxSteps),
    };
    const timeline = timelineOf(device, nowMs, amounts);
    const { arrivesAtMs } = timeline;
    const dropsOutAtMs = roundMs(nowMs + comings.dropsOutAfter(device) * (arrivesAtMs - nowMs));
    const isDoomed = Math.min(dropsOutAtMs, member.leavesAtMs) <= arrivesAtMs;
    const carried = carriesUnsent ? member.unsent : null;
    const pending = isDoomed || order.probe ? null : parts.train(order, device, base, carried, arrivesAtMs);
    const probing = isDoomed || !order.probe ? null : parts.probe(order, device, base, arrivesAtMs);
    member.unsent = null;
    const begunWork = { order, planned, timeline, ...amounts, pending, probing };
    member.work = begunWork;
    tally.assigned(device, order.probe ? null : order.scheme, planned);
    if (dropsOutAtMs < Infinity) announce(dropsOutAtMs, { kind: 'lost', member, turns });
    if (!isDoomed) announce(arrivesAtMs, { kind: 'worked', member, turns, ticket, work: begunWork });
  }

  async function trained(
    member: Member,
    { order, planned, pending, timeline }: MemberWork,
  ): Promise<Brought> {
    const { device, turns } = member;
    const { deviceId, isHostile } = device;
    const isOpen = parts.isOpen(order);
    // The coordinator refuses it unread.
    if (!isOpen) pending!.cancel();
    const outcome = isOpen ? await pending!.outcome : NO_OUTCOME;
    if (!outcome) {
      tally.diverged(device);
      return 'diverged';
    }
    const { summary, update, unsent } = outcome;
    const steps = planned.stepsOf(device.samples.length, order.localWork.maxSteps);
    function say(): void {
      const header: UpdateHeader = {
        ...summary,
        assignmentId: order.assignmentId,
        stepMs: (timeline.trainedAtMs - timeline.receivedAtMs) / steps,
        overruns: 0,
        deviceBytes: planned.deviceBytes,
        allocatedBytes: planned.allocatedBytes,
        joinToFirstStepMs: 0,
        ...holdingOf(turns.holdings),
      };
      const sent =
        isHostile && parts.hostile
          ? corruptUpdate(parts.hostile, header, update, planned.entrySizes, order.encoding)
          : { header, delta: update };
      tell({ kind: 'updateReceived', atMs: nowMs, deviceId, ...sent });
    }
    member.brought = { say, unsent };
    return 'update';
  }

  async function probed(member: Member, { order, probing }: MemberWork): Promise<Brought> {
    const { device, turns } = member;
    const { deviceId } = device;
    const isOpen = parts.isOpen(order);
    if (!isOpen) probing!.cancel();
    const product = isOpen ? await probing!.outcome : 0;
    if (product === null) return 'nothing';
    const { assignmentId } = order;
    function say(): void {
      const header = {
        assignmentId,
        product: product!,
        samples: device.samples.length,
        ...holdingOf(turns.holdings),
      };
      tell({ kind: 'probeReceived', atMs: nowMs, deviceId, header });
    }
    member.brought = { say, unsent: null };
    return 'probe';
  }

  return {
    get nextAtMs() {
      return queue.nextAtMs;
    },
    async proceed() {
      nowMs = queue.nextAtMs;
      const event = queue.pop();
      const { member } = event;
      // Of an earlier stay.
      if (event.kind !== 'arrives' && event.turns !== member.turns) return;
      switch (event.kind) {
        case 'arrives':
          return arrive(member);
        case 'lost':
          return lose(member);
        case 'turn':
          return take(member, event.event);
        case 'worked': {
          const { work, ticket } = event;
          if (member.work !== work) return;
          member.work = null;
          tally.finished(member.device, work);
          const brought = await (work.order.probe ? probed : trained)(member, work);
          return take(member, { kind: 'worked', ticket, brought });
        }
        default:
          throw new Error(`internal: event ${JSON.stringify(event satisfies never)}`);
      }
    },
    assigned(order, atMs) {
      nowMs = atMs;
      const member = members.get(order.deviceId)!;
      member.order = order;
      take(member, { kind: 'assigned', offer: 0, assignment: order });
    },
    answered(deviceId, outcome) {
      const member = members.get(deviceId)!;
      take(member, { kind: 'acknowledged', ticket: member.turns.ticket, answer: answerOf(outcome) });
    },
    refused(deviceId) {
      const member = members.get(deviceId)!;
      // Whatever was announced is of an earlier stay.
      member.turns = turnsWith(member.turns.holdings);
      tally.refusedDevice(member.device);
    },
    stop() {
      for (const { work } of members.values()) {
        work?.pending?.cancel();
        work?.probing?.cancel();
      }
    },
  };
}

/** Those of a page that is opened. */
function turnsWith(holdings: Holdings): TurnState {
  return { ...initialTurns(), holdings };
}

function bytesOf(blocks: AssignmentOrder['blocks']): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The steps that the device has time for, as it would count them itself. */
function workInTime(
  { withinMs = 0, ...localWork }: LocalWork,
  planned: PlannedWork,
  { samples, flopsPerSecond }: VirtualDevice,
): LocalWork {
  if (withinMs === 0) return localWork;
  const stepMs = (planned.flopsOf(samples.length, 1) / flopsPerSecond) * 1000;
  return { ...localWork, maxSteps: Math.min(localWork.maxSteps, countFitting(withinMs, stepMs, stepMs)) };
}

/** In place of what nobody will look at. */
const NO_OUTCOME: NonNullable<TrainingOutcome> = {
  update: new Uint8Array(0),
  unsent: null,
  summary: { steps: 1, samples: 1, lossFirst: 0, lossLast: 0, noise: -1, stepMs: 0, overruns: 0 },
};
