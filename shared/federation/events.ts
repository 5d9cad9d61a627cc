// What goes into the coordinator and what comes out: data only.
// Events are journalled as they are, so each is JSON plus at most one block of bytes (`delta`).

import type { Parameters } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type {
  BlockHeader,
  DeviceInfo,
  Holding,
  LocalWork,
  ProbeHeader,
  ProbeWork,
  RefusalCode,
  UpdateEncoding,
  UpdateHeader,
} from '../contract/messages.ts';
import type { Fault } from './checkUpdate.ts';
import type { RunSettings } from './config.ts';
import type { SchemeChoice } from './selectScheme.ts';
import type { SchemeSearch } from './schemeSearch.ts';

/** `atMs`: the clock is handed in; never goes back within a run. */
export type FederationEvent =
  /** A new device, or a known one that comes back (then only budget and info are renewed; leases stay). */
  | {
      readonly kind: 'deviceJoined';
      readonly atMs: number;
      readonly deviceId: string;
      readonly budgetBytes: number;
      readonly device: DeviceInfo;
      /** Stands for the network address that it comes from; default: '', none is known. */
      readonly origin?: string;
      /** Samples of its demo shard, which it may train on or not. Default: not known. */
      readonly dealtSamples?: number;
    }
  | ({
      readonly kind: 'deviceReady';
      readonly atMs: number;
      readonly deviceId: string;
      /** What it was at diverged. */
      readonly diverged?: boolean;
    } & Holding)
  /** The connection is gone; the lease is kept for `graceMs`. */
  | { readonly kind: 'deviceLost'; readonly atMs: number; readonly deviceId: string }
  /** The person left, or changed the budget below what is trained: the lease is freed at once. */
  | { readonly kind: 'deviceLeft'; readonly atMs: number; readonly deviceId: string }
  /** Its budget narrows nobody under `weakest`, or may again: whoever runs this has said so. */
  | {
      readonly kind: 'deviceExempted';
      readonly atMs: number;
      readonly deviceId: string;
      readonly isExempt: boolean;
    }
  /** Its place is taken from it: as if it had left. */
  | { readonly kind: 'deviceRemoved'; readonly atMs: number; readonly deviceId: string }
  /** `delta`: bytes as the assignment's encoding has them, unchecked. */
  | {
      readonly kind: 'updateReceived';
      readonly atMs: number;
      readonly deviceId: string;
      readonly header: UpdateHeader;
      readonly delta: ArrayBufferView;
    }
  /**
   * Journalled in place of an `updateReceived` that was refused, or had been taken in before: all that it changes, without
   * its `bytes` bytes (refusedUpdate.ts). `fault`: what was answered; null: that it is a repetition.
   */
  | ({
      readonly kind: 'updateRefused';
      readonly atMs: number;
      readonly deviceId: string;
      readonly assignmentId: string;
      readonly bytes: number;
      readonly fault: Fault | null;
    } & Holding)
  | {
      readonly kind: 'probeReceived';
      readonly atMs: number;
      readonly deviceId: string;
      readonly header: ProbeHeader;
    }
  /** What the search for this budget, asked for by `searchScheme`, has found; null: nothing. */
  | {
      readonly kind: 'schemeFound';
      readonly atMs: number;
      readonly budgetBytes: number;
      readonly choice: SchemeChoice | null;
    }
  /** From now on the run goes by these, which `checkConfig` has found to work. */
  | { readonly kind: 'settingsChanged'; readonly atMs: number; readonly settings: RunSettings }
  /** Whatever is due by now is done: buffer deadline, lease ends, graces, searches. */
  | { readonly kind: 'clockAdvanced'; readonly atMs: number };

/** A block that a device lacks, before it is encoded. */
export interface BlockOrder extends BlockHeader {
  /** All of the tensor; immutable, may be kept. */
  readonly values: Float32Array;
  /** What of it travels takes so many bytes. */
  readonly bytes: number;
}

export interface AssignmentOrder {
  readonly assignmentId: string;
  readonly deviceId: string;
  readonly baseVersion: number;
  readonly scheme: UpdateScheme;
  readonly localWork: LocalWork;
  /** The scheme's gradient is to be measured, not trained. */
  readonly probe?: ProbeWork;
  readonly encoding: UpdateEncoding;
  readonly seed: number;
  /** What the device lacks. */
  readonly blocks: readonly BlockOrder[];
}

export type UpdateOutcome =
  | {
      readonly accepted: true;
      readonly duplicate: boolean;
      readonly version: number;
      readonly staleness: number;
    }
  | {
      readonly accepted: false;
      readonly code: RefusalCode;
      readonly message: string;
      readonly version: number;
    };

/** One line of `metrics.jsonl`. */
export interface StepRecord {
  readonly version: number;
  readonly atMs: number;
  readonly trigger: 'full' | 'deadline';
  readonly updates: readonly {
    readonly deviceId: string;
    readonly staleness: number;
    /** As far as the claim is believed. */
    readonly samples: number;
    /** s_k: age x variance x coverage. */
    readonly weight: number;
    readonly lossFirst: number;
    readonly lossLast: number;
  }[];
  /** Per-tensor deltas clipped in this step. */
  readonly clipped: number;
}

export type Effect =
  | { readonly kind: 'assign'; readonly order: AssignmentOrder }
  /** The answer to the `updateReceived` event just handled. */
  | {
      readonly kind: 'answerUpdate';
      readonly deviceId: string;
      readonly assignmentId: string;
      readonly outcome: UpdateOutcome;
    }
  /** The answer to the `probeReceived` event just handled. */
  | {
      readonly kind: 'answerProbe';
      readonly deviceId: string;
      readonly assignmentId: string;
      readonly outcome: UpdateOutcome;
    }
  | { readonly kind: 'stepped'; readonly record: StepRecord; readonly parameters: Parameters }
  /** Send `clockAdvanced` at or after this time; replaces the wake-up asked for before. */
  | { readonly kind: 'wakeAt'; readonly atMs: number }
  /** Search for this and answer with `schemeFound`; one search at a time. */
  | ({ readonly kind: 'searchScheme' } & SchemeSearch)
  /** A device that is gone is forgotten, and its figures with it. */
  | { readonly kind: 'forgotten'; readonly deviceId: string }
  /** No scheme fits the device's budget; one that was here is so no more. */
  | { readonly kind: 'refuseDevice'; readonly deviceId: string; readonly smallestBudgetBytes: number };
