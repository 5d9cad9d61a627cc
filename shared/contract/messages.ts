// The wire types of protocol version 4: data only, no logic. `docs/protocol.md` tells their order. Each message stands once, in
// `DeviceMessages` or `ServerMessages`: event maps, handlers and requests follow from these by type. Every message of a device is
// answered, with a refusal too.

import type { ModelSpec } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { Width } from '../engine/width.ts';
import type { TravelPrecision } from '../engine/weightCodec.ts';
import type { Metric } from '../tasks/metric.ts';
import type { Pace } from './pace.ts';
import type { Waiting } from './waiting.ts';

export const PROTOCOL_VERSION = 4;
/** Socket.IO namespace of devices. */
export const DEVICE_NAMESPACE = '/device';

/** Socket.IO handshake `auth` of a device. */
export interface Handshake {
  readonly protocol: number;
  /** Where the run asks for one. */
  readonly code?: string;
}

/** Refusal codes; each has its counter in the server's metrics (`refusals[code]`). */
export type RefusalCode =
  | 'protocolVersion'
  | 'malformed'
  | 'oversized'
  | 'wrongLength'
  | 'notFinite'
  | 'tooLarge'
  | 'unknownAssignment'
  | 'foreignAssignment'
  | 'leaseExpired'
  | 'stale'
  | 'outOfOrder'
  | 'flood'
  | 'unknownRun'
  | 'badCode'
  | 'badToken'
  | 'budgetTooSmall'
  | 'superseded'
  | 'runEnded'
  | 'moved'
  | 'removed'
  | 'internal';

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly message: string;
  /** With `stale` and `leaseExpired`: the newest version. */
  readonly version?: number;
  /** With `budgetTooSmall`: the smallest budget that would do. */
  readonly smallestBudgetBytes?: number;
}

export type Answer<T> = ({ readonly ok: true } & T) | Refusal;
/** Nothing more is to be told. */
export type Done = { readonly ok: true };

/** What the device says of itself; shown and recorded, never trusted. */
export interface DeviceInfo {
  readonly name: string;
  readonly browser: string;
  readonly cores: number;
  /** Engine backend, e.g. `wasm-relaxed`; `auto` before the first plan where the device measures. */
  readonly backend: string;
  /** Profile of an emulated device, '' for a real one. */
  readonly profile: string;
  /** Paced speed in FLOP/s, 0 = as fast as it goes. */
  readonly flopsPerSecond: number;
  /** 8 = eight times slower than its profile; 1 for all others. */
  readonly stragglerFactor: number;
}

/** Who joins, and as whom. */
export interface Join {
  /** Empty: the server's default run. */
  readonly run: string;
  /** Empty on a first join; else the session to resume. */
  readonly token: string;
  readonly budgetBytes: number;
  /** Picks the demo shard; -1: the server deals the next one. */
  readonly dataSeed: number;
  readonly device: DeviceInfo;
}

/** What a device needs to know of its task. */
export interface TaskInfo {
  readonly id: string;
  readonly title: string;
  readonly model: ModelSpec;
  /** Names of the classes; empty where the outputs are values. */
  readonly classes: readonly string[];
  /** Type of a sample's elements. */
  readonly inputs: 'uint8' | 'float32';
  /** Staging of uint8 inputs: value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  readonly metric: Metric;
  /** Where the task was made from CSV files. */
  readonly table?: TableInfo;
}

/** How a row of a CSV file becomes a sample, for devices that read rows of their own. */
export interface TableInfo {
  /** In the order of the model's inputs; input = number * scale + offset. */
  readonly columns: readonly { readonly name: string; readonly scale: number; readonly offset: number }[];
  /** Column of the class's name; '' where the task has none. */
  readonly label: string;
}

export interface Joined {
  readonly token: string;
  readonly deviceId: string;
  readonly run: string;
  readonly task: TaskInfo;
  readonly version: number;
  readonly numDevices: number;
  /** True when the session was resumed. */
  readonly resumed: boolean;
  /** An assignment that this session still holds, to be uploaded or dropped; '' if none. */
  readonly openAssignment: string;
}

/** The demo shard; its attachment is what `shardCodec.ts` makes of it. */
export interface ShardAnswer<Bytes = ArrayBuffer> {
  readonly samples: number;
  readonly data: Bytes;
}

/** What a device says of the blocks that it has. */
export interface Holding {
  /** Version of each parameter tensor that the device holds, in the model's order; -1 where it holds none. */
  readonly held: readonly number[];
  /** In what precision each of them came; default: all float32. */
  readonly precisions?: readonly TravelPrecision[];
  /**
   * The device has trained since: of tensors that the scheme of its newest assignment trains, it holds only what lies
   * outside the trained slices. Default: false.
   */
  readonly moved?: boolean;
  /** The width slice that they are of; default: the whole model. */
  readonly width?: Width;
}

export interface Ready extends Holding {
  /** What it was at diverged, and is given up. Default: false. */
  readonly diverged?: boolean;
}

export interface LocalWork {
  /** Samples of one local step. */
  readonly batch: number;
  /** Passes over the device's shard; at most `maxSteps` local steps. */
  readonly epochs: number;
  readonly maxSteps: number;
  readonly learningRate: number;
  /** How much the loss allows for the shard's uneven labels; default 0: not at all. */
  readonly labelCalibration?: number;
  /** About how long an update is to take: slow devices do fewer steps, fast ones rest between them; default 0: neither. */
  readonly tempoMs?: number;
  /** Of the steps as many as fit this time, at least one; default 0: all. */
  readonly withinMs?: number;
}

/** How an update's delta goes up (`deltaCodec.ts`). */
export type UpdateEncoding =
  | { readonly kind: 'float32' }
  | { readonly kind: 'float16' }
  | { readonly kind: 'int8' }
  /** The largest `share` of the elements alone, 0 < share <= 1; the device keeps the rest for its next update. */
  | { readonly kind: 'topK'; readonly share: number };

/** One block of an assignment's attachment. */
export interface BlockHeader {
  /** Index of the parameter tensor. */
  readonly tensor: number;
  /** What the device then holds of it is of this version, the slice that it trains aside. */
  readonly version: number;
  /** How its values travel (`encodeWeight`). */
  readonly precision: TravelPrecision;
  /** `slice`: the slice that the assignment's scheme trains, alone: the device holds the rest. */
  readonly part: 'whole' | 'slice';
}

/** What a device measures in place of training: see `ProbeHeader`. */
export interface ProbeWork {
  /** At most so many, of `localWork.batch` samples or fewer. */
  readonly numBatches: number;
}

/** A piece of work. */
export interface Assignment {
  readonly assignmentId: string;
  readonly baseVersion: number;
  readonly scheme: UpdateScheme;
  readonly localWork: LocalWork;
  /** The scheme's gradient is to be measured, and told by `probe`; absent: the scheme is to be trained. */
  readonly probe?: ProbeWork;
  /** Seed of the device's shuffling for this assignment. */
  readonly seed: number;
  /** Of the update. */
  readonly encoding: UpdateEncoding;
  /** What the attachment holds. */
  readonly blocks: readonly BlockHeader[];
}

/** What goes with a delta. */
export interface UpdateHeader extends Holding {
  readonly assignmentId: string;
  /** Local steps done. */
  readonly steps: number;
  /** Samples that the device trained on (its shard's size, not times epochs). */
  readonly samples: number;
  /** Mean loss over the first and over the second half of the steps. */
  readonly lossFirst: number;
  readonly lossLast: number;
  /** 1 - cosine of the deltas of the two halves of local work; -1 when it cannot be told (a single step). */
  readonly noise: number;
  /** Milliseconds of one local step, median. */
  readonly stepMs: number;
  /** Local steps that took longer than their planned time. */
  readonly overruns: number;
  /** What trained it; from now on the device's backend. Absent: as at the join. */
  readonly backend?: string | undefined;
  /** As planned; the largest measured where the backend enforces no budget (`tfjs-webgpu`), which may be above it. */
  readonly deviceBytes: number;
  readonly allocatedBytes: number;
  /** Milliseconds from opening the page to the first local step. */
  readonly joinToFirstStepMs: number;
}

/** What an assignment to probe has measured. Nothing was trained. */
export interface ProbeHeader extends Holding {
  readonly assignmentId: string;
  /** Learning rate x inner product of gradients from disjoint batches, mean over all pairs of batches. */
  readonly product: number;
  /** Samples that the device has; at least two. */
  readonly samples: number;
}

/** To an `update` and to a `probe`. */
export interface UpdateAnswer {
  /** Version of the model when the update was taken in. */
  readonly version: number;
  /** Its staleness at that moment: how many versions the server had moved on. */
  readonly staleness: number;
  /** The same update had been taken in before. */
  readonly duplicate: boolean;
}

/** What the page shows of the run. */
export interface Progress {
  readonly version: number;
  readonly numDevices: number;
  /** Newest held-out score by the task's metric, -1 before the first evaluation. */
  readonly score: number;
  /** What the run waits for, a search apart; null: it goes on. Default: null. */
  readonly waiting?: Waiting | null;
}

/**
 * What a device says, each message once: what it carries, and what it is answered with. `Bytes`: what holds an attachment,
 * an ArrayBuffer in a tab and a Buffer in Node.
 */
export interface DeviceMessages<Bytes = ArrayBuffer> {
  /** The first on every connection. */
  join: { carries: [join: Join]; answer: Joined };
  /** Asks for the demo shard. */
  shard: { carries: []; answer: ShardAnswer<Bytes> };
  /** The device wants work. */
  ready: { carries: [ready: Ready]; answer: Done };
  /** `delta`: of every scheme entry (trained minus base), in the assignment's encoding. */
  update: { carries: [header: UpdateHeader, delta: Bytes]; answer: UpdateAnswer };
  /** What an assignment to probe has measured. */
  probe: { carries: [header: ProbeHeader]; answer: UpdateAnswer };
  /** New budget; the open assignment is given up. */
  budget: { carries: [budgetBytes: number]; answer: Done };
  /** The person leaves: the lease is freed at once. */
  leave: { carries: []; answer: Done };
}

/** What the server says; what it is answered with, `never` where it is not. */
export interface ServerMessages<Bytes = ArrayBuffer> {
  /** `blocks`: those that are listed, one after the other. */
  assignment: { carries: [assignment: Assignment, blocks: Bytes]; answer: { ok: boolean } };
  /** At most twice a second. */
  progress: { carries: [progress: Progress]; answer: never };
  /** At each join, and whenever it changes. */
  pace: { carries: [pace: Pace]; answer: never };
  /** The session is over: another tab took it, the run ended, or the device was refused for good. */
  ended: { carries: [refusal: Refusal]; answer: never };
}

export type DeviceMessage = keyof DeviceMessages;
export type CarriedBy<M extends DeviceMessage, Bytes = ArrayBuffer> = DeviceMessages<Bytes>[M]['carries'];
export type AnswerTo<M extends DeviceMessage, Bytes = ArrayBuffer> = Answer<
  DeviceMessages<Bytes>[M]['answer']
>;

/** Socket.IO's event maps. */
export type DeviceToServer<Bytes = ArrayBuffer> = {
  [M in DeviceMessage]: Listener<CarriedBy<M, Bytes>, AnswerTo<M, Bytes>>;
};
export type ServerToDevice<Bytes = ArrayBuffer> = {
  [M in keyof ServerMessages]: Listener<
    ServerMessages<Bytes>[M]['carries'],
    ServerMessages<Bytes>[M]['answer']
  >;
};

type Listener<Carried extends unknown[], Given> = [Given] extends [never]
  ? (...carried: Carried) => void
  : (...all: [...carried: Carried, answer: (answer: Given) => void]) => void;
