// What a simulated fleet is made of: what it is handed, its members, their work, and what happens to them. Types alone.

import type { ModelSpec, Parameters } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { TurnEvent, TurnState } from '../device/turnState.ts';
import type { AssignmentOrder, FederationEvent, UpdateOutcome } from '../federation/events.ts';
import type { Comings } from './comings.ts';
import type { Hostile } from './hostile.ts';
import type { PlannedWork } from './plannedWork.ts';
import type { Pending, ProbeOutcome, TrainingOutcome } from './compute.ts';
import type { Tally } from './tally.ts';
import type { Timeline } from './timeline.ts';
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
  /** The coordinator's answer to what the device has sent. */
  answered(deviceId: string, outcome: UpdateOutcome): void;
  /** The coordinator has no scheme for the device: it never comes again. */
  refused(deviceId: string): void;
  /** Drops all work under way. */
  stop(): void;
}

export interface MemberWork {
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

export interface Member {
  readonly device: VirtualDevice;
  /** Another one at each stay. Holds what its arena holds, and what its browser keeps of what it trains no more. */
  turns: TurnState;
  /** Of the tensors held, what it trained of them aside. */
  readonly values: (Float32Array | null)[];
  /** What its arena is for. */
  scheme: UpdateScheme | null;
  /** Its newest assignment. */
  order: AssignmentOrder | null;
  /** What its newest work has brought. */
  brought: Delivery | null;
  /** What of its last update has not travelled. */
  unsent: Float32Array | null;
  leavesAtMs: number;
  work: MemberWork | null;
}

/** Tells it to the coordinator, and what of it does not travel. */
export interface Delivery {
  readonly say: () => void;
  readonly unsent: Float32Array | null;
}

export type FleetEvent =
  | { readonly kind: 'arrives'; readonly member: Member }
  | { readonly kind: 'lost'; readonly member: Member; readonly turns: TurnState }
  | { readonly kind: 'turn'; readonly member: Member; readonly turns: TurnState; readonly event: TurnEvent }
  | {
      readonly kind: 'worked';
      readonly member: Member;
      readonly turns: TurnState;
      readonly ticket: number;
      readonly work: MemberWork;
    };
