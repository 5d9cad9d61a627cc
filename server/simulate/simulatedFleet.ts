// The devices in virtual time: they come, ask for work, train, send, and are lost, as the device's Worker does behind a
// socket. Says to the coordinator what devices would say; knows nothing of how it aggregates.
//
//     arrives -> ready -> assignment: received -> trained -> arrives at the server -> assignment: ...
//     at any time: lost -> away -> arrives
//
// A device that was away keeps the blocks that it had and no work, as a page that was closed does.

import type { Parameters, ParameterSpec } from '../../shared/engine/model.ts';
import type { UpdateHeader } from '../../shared/protocol/messages.ts';
import type { AssignmentOrder, FederationEvent } from '../federation/events.ts';
import type { Comings } from './comings.ts';
import { createEventQueue } from './eventQueue.ts';
import type { PayloadFormat } from './payload.ts';
import type { PlannedWork } from './plannedWork.ts';
import type { Pending } from './pool/computePool.ts';
import type { TrainingOutcome } from './pool/poolMessages.ts';
import type { Tally } from './tally.ts';
import { doneBy, roundMs, timelineOf, type Timeline } from './timeline.ts';
import type { VirtualDevice } from './virtualDevices.ts';

export interface FleetParts {
  readonly devices: readonly VirtualDevice[];
  readonly parameterSpecs: readonly ParameterSpec[];
  readonly format: PayloadFormat;
  readonly comings: Comings;
  readonly tally: Tally;
  readonly planWork: (order: AssignmentOrder, device: VirtualDevice) => PlannedWork;
  /** Begins local work; its outcome is wanted at `dueMs`. */
  readonly train: (
    order: AssignmentOrder,
    device: VirtualDevice,
    base: Parameters,
    dueMs: number,
  ) => Pending<TrainingOutcome>;
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
  /** The coordinator has no scheme for the device: it never comes again. */
  refused(deviceId: string): void;
  /** Drops all work under way. */
  stop(): void;
}

/** A block that the device holds unchanged. */
interface HeldBlock {
  readonly version: number;
  readonly values: Float32Array;
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
}

interface Member {
  readonly device: VirtualDevice;
  readonly blocks: (HeldBlock | null)[];
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
  const { format, comings, tally, tell, parameterSpecs } = parts;
  const queue = createEventQueue<FleetEvent>();
  const members = new Map(
    parts.devices.map((device): [string, Member] => [
      device.deviceId,
      {
        device,
        blocks: parameterSpecs.map(() => null),
        isHere: false,
        stay: 0,
        leavesAtMs: Infinity,
        work: null,
      },
    ]),
  );
  for (const member of members.values())
    announce(comings.firstComesMs(member.device) + member.device.latencyMs, { kind: 'arrives', member });

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
      if (done.down < 1) for (const { tensor } of work.order.blocks) member.blocks[tensor] = null;
      forgetTrained(member, work);
    }
    announce(atMs + comings.awayMs(device) + device.latencyMs, { kind: 'arrives', member });
    tell({ kind: 'deviceLost', atMs, deviceId: device.deviceId });
  }

  function assigned(order: AssignmentOrder, atMs: number): void {
    const member = members.get(order.deviceId)!;
    const { device, blocks, stay } = member;
    for (const { tensor, version, values } of order.blocks) blocks[tensor] = { version, values };
    const base = blocks.map((block, tensor) => {
      if (!block) throw new Error(`internal: ${device.deviceId} lacks tensor ${tensor} of its assignment`);
      return block.values;
    });
    const planned = parts.planWork(order, device);
    const amounts = {
      downBytes: format.downBytes(order.blocks.map(({ tensor }) => parameterSpecs[tensor]!.size)),
      upBytes: format.upBytes(planned.entrySizes),
      flops: planned.flopsOf(device.samples.length),
    };
    const timeline = timelineOf(device, atMs, amounts);
    const { arrivesAtMs } = timeline;
    const dropsOutAtMs = roundMs(atMs + comings.dropsOutAfter(device) * (arrivesAtMs - atMs));
    const isDoomed = Math.min(dropsOutAtMs, member.leavesAtMs) <= arrivesAtMs;
    const pending = isDoomed ? null : parts.train(order, device, base, arrivesAtMs);
    const work = { order, planned, timeline, ...amounts, pending };
    member.work = work;
    tally.assigned(device, planned);
    if (dropsOutAtMs < Infinity) announce(dropsOutAtMs, { kind: 'lost', member, stay });
    if (!isDoomed) announce(arrivesAtMs, { kind: 'update', member, work });
  }

  async function takeUpdate(member: Member, work: Work, atMs: number): Promise<void> {
    const { device } = member;
    const { order, planned, pending } = work;
    member.work = null;
    forgetTrained(member, work);
    tally.finished(device, work);
    const isOpen = parts.isOpen(order);
    // The coordinator refuses it unread.
    if (!isOpen) pending!.cancel();
    const outcome = isOpen ? await pending!.outcome : NO_OUTCOME;
    const held = heldVersions(member);
    if (!outcome) {
      tally.diverged(device);
      return tell({ kind: 'deviceReady', atMs, deviceId: device.deviceId, held });
    }
    const steps = planned.stepsOf(device.samples.length);
    const header: UpdateHeader = {
      ...outcome.summary,
      assignmentId: order.assignmentId,
      stepMs: (work.timeline.trainedAtMs - work.timeline.receivedAtMs) / steps,
      overruns: 0,
      deviceBytes: planned.deviceBytes,
      allocatedBytes: planned.allocatedBytes,
      joinToFirstStepMs: 0,
      held,
    };
    tell({ kind: 'updateReceived', atMs, deviceId: device.deviceId, header, delta: outcome.delta });
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
            held: heldVersions(member),
          });
        case 'lost':
          if (member.isHere && event.stay === member.stay) lose(member, atMs);
          return;
        case 'update':
          if (member.work === event.work) await takeUpdate(member, event.work, atMs);
          return;
        default:
          throw new Error(`internal: event ${JSON.stringify(event satisfies never)}`);
      }
    },
    assigned,
    refused(deviceId) {
      const member = members.get(deviceId)!;
      member.isHere = false;
      member.stay++;
      tally.refusedDevice(member.device);
    },
    stop() {
      for (const { work } of members.values()) work?.pending?.cancel();
    },
  };
}

/** In place of what nobody will look at. */
const NO_OUTCOME: NonNullable<TrainingOutcome> = {
  delta: new Float32Array(0),
  summary: { steps: 1, samples: 1, lossFirst: 0, lossLast: 0, noise: -1, stepMs: 0, overruns: 0 },
};

function heldVersions({ blocks }: Member): number[] {
  return blocks.map((block) => block?.version ?? -1);
}

/** What was trained is no version's any more. */
function forgetTrained({ blocks }: Member, { planned }: Work): void {
  for (const tensor of planned.trained) blocks[tensor] = null;
}
