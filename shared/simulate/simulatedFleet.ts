// The devices in virtual time: they come, ask for work, train, send, and are lost, as the device's Worker does behind a
// socket. Says to the coordinator what devices would say; knows nothing of how it aggregates.
//
//     arrives -> ready -> assignment: received -> trained -> arrives at the server -> assignment: ...
//     at any time: lost -> away -> arrives
//
// A device that was away keeps the blocks that it had and no work, as a page that was closed does.

import { parametersOf, type ModelSpec, type Parameters } from '../engine/model.ts';
import { isSameScheme, type UpdateScheme } from '../engine/scheme.ts';
import { deltaBytes } from '../contract/deltaCodec.ts';
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
import { countFitting } from '../localWork/tempo.ts';
import type { LocalWork, UpdateHeader } from '../contract/messages.ts';
import type { AssignmentOrder, FederationEvent } from '../federation/events.ts';
import type { Comings } from './comings.ts';
import { createEventQueue } from './eventQueue.ts';
import { createArrivals } from './arrivals.ts';
import { corruptUpdate, type Hostile } from './hostile.ts';
import type { PlannedWork } from './plannedWork.ts';
import type { Pending, ProbeOutcome, TrainingOutcome } from './poolMessages.ts';
import type { Tally } from './tally.ts';
import { doneBy, roundMs, timelineOf, type Timeline } from './timeline.ts';
import type { VirtualDevice } from './virtualDevices.ts';

export interface FleetParts {
  readonly devices: readonly VirtualDevice[];
  readonly model: ModelSpec;
  readonly comings: Comings;
  readonly hostile: Hostile | undefined;
  readonly tally: Tally;
  readonly planWork: (order: AssignmentOrder, device: VirtualDevice) => PlannedWork;
  /** Begins local work; its outcome is wanted at `dueMs`. */
  readonly train: (
    order: AssignmentOrder,
    device: VirtualDevice,
    base: Parameters,
    carried: Float32Array | null,
    dueMs: number,
  ) => Pending<TrainingOutcome>;
  /** Begins a probe, as `train` does local work. */
  readonly probe: (
    order: AssignmentOrder,
    device: VirtualDevice,
    base: Parameters,
    dueMs: number,
  ) => Pending<ProbeOutcome>;
  /** Whether the device holds the lease of this assignment still. */
  readonly isOpen: (order: AssignmentOrder) => boolean;
  /** Tells the coordinator. */
  readonly tell: (event: FederationEvent) => void;
}

export interface SimulatedFleet {
  /** Infinity: nothing will ever happen. */
  readonly nextAtMs: number;
  /** Lets the next thing happen. */
  proceed(): Promise<void>;
  assigned(order: AssignmentOrder, atMs: number): void;
  /** The coordinator's answer to the device's update. */
  answered(deviceId: string, isAccepted: boolean): void;
  /** The coordinator has no scheme for the device: it never comes again. */
  refused(deviceId: string): void;
  /** Drops all work under way. */
  stop(): void;
}

interface Work {
  readonly order: AssignmentOrder;
  readonly planned: PlannedWork;
  readonly timeline: Timeline;
  readonly downBytes: number;
  readonly upBytes: number;
  readonly flops: number;
  /** Null where the device will be gone before. */
  readonly pending: Pending<TrainingOutcome> | null;
  /** Of a probe, in place of `pending`. */
  readonly probing: Pending<ProbeOutcome> | null;
}

interface Member {
  readonly device: VirtualDevice;
  /** What its arena holds, and its browser keeps of what it trains no more. */
  holdings: Holdings;
  /** Of the tensors held, what it trained of them aside. */
  readonly values: (Float32Array | null)[];
  /** Of its newest assignment. */
  scheme: UpdateScheme | null;
  /** What of its last update has not travelled. */
  unsent: Float32Array | null;
  isHere: boolean;
  /** Counts its stays: what was announced in an earlier one is void. */
  stay: number;
  leavesAtMs: number;
  work: Work | null;
}

type FleetEvent =
  | { readonly kind: 'arrives'; readonly member: Member }
  | { readonly kind: 'ready' | 'lost'; readonly member: Member; readonly stay: number }
  | { readonly kind: 'update'; readonly member: Member; readonly work: Work };

export function createSimulatedFleet(parts: FleetParts): SimulatedFleet {
  const { comings, tally, tell, model } = parts;
  const arrivals = createArrivals(model);
  const numTensors = parametersOf(model).length;
  const anyArena = Array<'float32'>(numTensors).fill('float32');
  const queue = createEventQueue<FleetEvent>();
  const members = new Map(
    parts.devices.map((device): [string, Member] => [
      device.deviceId,
      {
        device,
        holdings: nothingHeld(numTensors),
        values: Array<Float32Array | null>(numTensors).fill(null),
        scheme: null,
        unsent: null,
        isHere: false,
        stay: 0,
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

  function arrive(member: Member, atMs: number): void {
    const { device } = member;
    member.isHere = true;
    member.stay++;
    member.leavesAtMs = atMs + comings.staysMs(device);
    const { stay, leavesAtMs } = member;
    if (leavesAtMs < Infinity) announce(leavesAtMs, { kind: 'lost', member, stay });
    // The answer to the join comes back before the device says that it is ready.
    announce(atMs + 2 * device.latencyMs, { kind: 'ready', member, stay });
    tell({
      kind: 'deviceJoined',
      atMs,
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

  function lose(member: Member, atMs: number): void {
    const { device, work } = member;
    member.isHere = false;
    member.work = null;
    if (work) {
      const done = doneBy(work.timeline, atMs);
      tally.interrupted(device, {
        downBytes: Math.floor(done.down * work.downBytes),
        upBytes: Math.floor(done.up * work.upBytes),
        flops: done.trained * work.flops,
      });
      if (done.down < 1) member.holdings = withoutBlocks(member.holdings, work.order.blocks);
    }
    member.holdings = reloaded(member.holdings);
    member.unsent = null;
    announce(atMs + comings.awayMs(device) + device.latencyMs, { kind: 'arrives', member });
    tell({ kind: 'deviceLost', atMs, deviceId: device.deviceId });
  }

  function assigned(given: AssignmentOrder, atMs: number): void {
    const member = members.get(given.deviceId)!;
    const { device, values, stay } = member;
    const planned = parts.planWork(given, device);
    const order = { ...given, localWork: workInTime(given.localWork, planned, device) };
    if (!isSameScheme(member.scheme, order.scheme)) {
      member.holdings = withKept(
        nothingHeld(numTensors),
        survivors(member.holdings, order, trainedBy(member.scheme)),
      );
      member.unsent = null;
    }
    member.holdings = begun(member.holdings, order, trainedBy(order.scheme));
    for (const block of order.blocks)
      values[block.tensor] = arrivals(block, order.scheme, values[block.tensor] ?? null);
    member.holdings = arrived(member.holdings, order.blocks, anyArena);
    member.scheme = order.scheme;
    if (lacksBlocks(member.holdings)) {
      const { held } = member.holdings;
      throw new Error(`internal: ${device.deviceId} lacks blocks of its assignment: it holds ${held.join()}`);
    }
    const base = values.map((tensor) => tensor!);
    const amounts = {
      downBytes: order.blocks.reduce((sum, { bytes }) => sum + bytes, 0),
      upBytes: order.probe ? 0 : deltaBytes(planned.entrySizes, order.encoding),
      flops: order.probe
        ? planned.probeFlopsOf(device.samples.length, order.probe.numBatches)
        : planned.flopsOf(device.samples.length, order.localWork.maxSteps),
    };
    const timeline = timelineOf(device, atMs, amounts);
    const { arrivesAtMs } = timeline;
    const dropsOutAtMs = roundMs(atMs + comings.dropsOutAfter(device) * (arrivesAtMs - atMs));
    const isDoomed = Math.min(dropsOutAtMs, member.leavesAtMs) <= arrivesAtMs;
    const pending =
      isDoomed || order.probe ? null : parts.train(order, device, base, member.unsent, arrivesAtMs);
    const probing = isDoomed || !order.probe ? null : parts.probe(order, device, base, arrivesAtMs);
    member.unsent = null;
    const work = { order, planned, timeline, ...amounts, pending, probing };
    member.work = work;
    tally.assigned(device, order.probe ? null : order.scheme, planned);
    if (dropsOutAtMs < Infinity) announce(dropsOutAtMs, { kind: 'lost', member, stay });
    if (!isDoomed) announce(arrivesAtMs, { kind: 'update', member, work });
  }

  async function takeUpdate(member: Member, work: Work, atMs: number): Promise<void> {
    const { device } = member;
    const { order, planned, pending } = work;
    member.work = null;
    member.holdings = { ...member.holdings, hasMoved: true };
    tally.finished(device, work);
    const isOpen = parts.isOpen(order);
    // The coordinator refuses it unread.
    if (!isOpen) pending!.cancel();
    const outcome = isOpen ? await pending!.outcome : NO_OUTCOME;
    if (!outcome) {
      tally.diverged(device);
      member.holdings = { ...member.holdings, hasMoved: false };
      return tell({ kind: 'deviceReady', atMs, deviceId: device.deviceId, ...holdingOf(member.holdings) });
    }
    const steps = planned.stepsOf(device.samples.length, order.localWork.maxSteps);
    const header: UpdateHeader = {
      ...outcome.summary,
      assignmentId: order.assignmentId,
      stepMs: (work.timeline.trainedAtMs - work.timeline.receivedAtMs) / steps,
      overruns: 0,
      deviceBytes: planned.deviceBytes,
      allocatedBytes: planned.allocatedBytes,
      joinToFirstStepMs: 0,
      ...holdingOf(member.holdings),
    };
    member.unsent = outcome.unsent;
    const { deviceId, isHostile } = device;
    const sent =
      isHostile && parts.hostile
        ? corruptUpdate(parts.hostile, header, outcome.update, planned.entrySizes, order.encoding)
        : { header, delta: outcome.update };
    tell({ kind: 'updateReceived', atMs, deviceId, ...sent });
  }

  async function takeProbe(member: Member, { order, probing, ...work }: Work, atMs: number): Promise<void> {
    const { device } = member;
    const { deviceId } = device;
    member.work = null;
    // The next scheme's arena has none of what this one's trains whole, as in a tab.
    member.holdings = { ...member.holdings, hasMoved: true };
    tally.finished(device, work);
    const isOpen = parts.isOpen(order);
    if (!isOpen) probing!.cancel();
    const product = isOpen ? await probing!.outcome : 0;
    if (product === null) return tell({ kind: 'deviceReady', atMs, deviceId, ...holdingOf(member.holdings) });
    const { assignmentId } = order;
    const header = { assignmentId, product, samples: device.samples.length, ...holdingOf(member.holdings) };
    tell({ kind: 'probeReceived', atMs, deviceId, header });
  }

  return {
    get nextAtMs() {
      return queue.nextAtMs;
    },
    async proceed() {
      const atMs = queue.nextAtMs;
      const event = queue.pop();
      const { member } = event;
      switch (event.kind) {
        case 'arrives':
          return arrive(member, atMs);
        case 'ready':
          if (!member.isHere || event.stay !== member.stay) return;
          return tell({
            kind: 'deviceReady',
            atMs,
            deviceId: member.device.deviceId,
            ...holdingOf(member.holdings),
          });
        case 'lost':
          if (member.isHere && event.stay === member.stay) lose(member, atMs);
          return;
        case 'update':
          if (member.work !== event.work) return;
          await (event.work.order.probe ? takeProbe : takeUpdate)(member, event.work, atMs);
          return;
        default:
          throw new Error(`internal: event ${JSON.stringify(event satisfies never)}`);
      }
    },
    assigned,
    answered(deviceId, isAccepted) {
      if (!isAccepted) members.get(deviceId)!.unsent = null;
    },
    refused(deviceId) {
      const member = members.get(deviceId)!;
      member.isHere = false;
      member.stay++;
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
