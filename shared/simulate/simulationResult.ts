// What a simulation gives. Everything but `wallSeconds` is the same for the same configuration, whatever computed it.

import type { UpdateScheme } from '../engine/scheme.ts';
import type { ServerBytes } from '../federation/serverBytes.ts';
import type { RefusalCode } from '../contract/messages.ts';
import type { PersonalPart } from '../localWork/personalModel.ts';

/** What a run had cost when a point of the grid was taken. */
export interface CostSoFar {
  /** Accepted ones. */
  readonly updates: number;
  /** Both ways; an assignment counts when it has come to its end. */
  readonly payloadBytes: number;
}

/** One point of the grid of virtual times, on validation data. */
export interface CurvePoint extends CostSoFar {
  readonly virtualSeconds: number;
  readonly version: number;
  /** By the task's metric. */
  readonly score: number;
  /** -1 where the outputs are no classes. */
  readonly accuracy: number;
  readonly loss: number;
}

/** Figures of a class of the world's devices. */
export interface ClassFigures {
  readonly devices: number;
  readonly stragglers: number;
  /** Had a budget for which there is no scheme. */
  readonly refusedDevices: number;
  /** Accepted. */
  readonly updates: number;
  readonly refused: number;
}

/** One scheme of those that were given out. */
export interface SchemeFigures {
  readonly scheme: UpdateScheme;
  readonly trainedShare: number;
  readonly assignments: number;
}

/** What a device's personal model is worth beside the shared one, on the device's held-out samples. */
export interface PersonalFigures {
  /** Number of the device. */
  readonly device: number;
  readonly isStraggler: boolean;
  readonly trainingSamples: number;
  readonly heldOutSamples: number;
  /** What of the model was fine-tuned; null: nothing fits the budget, or it diverged, and the personal model is the shared one. */
  readonly trains: PersonalPart | null;
  /** Share of right answers; -1 without held-out samples. */
  readonly sharedAccuracy: number;
  readonly personalAccuracy: number;
}

/** `stalled`: it got nowhere any more; `diverged`: as no update was finite; `limit`: it would have become too large. */
export type StopReason =
  | 'updates'
  | 'virtualSeconds'
  | 'target'
  | 'stalled'
  | 'diverged'
  | 'limit'
  | 'interrupted';

export interface SimulationResult {
  readonly task: string;
  readonly strategy: string;
  readonly subset: string;
  readonly devices: number;
  readonly seed: number;
  /** Interrupted before it came to its end: the figures are those of what there was. */
  readonly partial: boolean;
  readonly stoppedBy: StopReason;
  /** Why it ended before it came to what was asked for, in a sentence; null where it did not, or was interrupted. */
  readonly cause: string | null;

  /** Of the last version, on test data, by the task's metric and as accuracy. */
  readonly finalScore: number;
  readonly finalAccuracy: number;
  readonly finalLoss: number;
  /** Of each class on test data, -1 for one without samples; empty where the outputs are no classes. */
  readonly recalls: readonly number[];
  /** Those that stragglers are tied to, if they are. */
  readonly slowClasses: readonly number[];
  readonly versions: number;
  /** Accepted ones; equal to `accepted`. */
  readonly updates: number;
  readonly accepted: number;
  readonly refused: number;
  readonly refusals: Partial<Record<RefusalCode, number>>;
  /** Leases that ended without an update. */
  readonly expired: number;
  /** Assignments that a device was gone from before it had sent its update. */
  readonly interrupted: number;
  readonly diverged: number;
  /** What devices told of what parts of the model gain. */
  readonly probes: number;
  readonly virtualSeconds: number;
  readonly wallSeconds: number;

  readonly target: number;
  /** Virtual seconds of the first of three consecutive evaluations at or above the target; null: not reached. */
  readonly timeToTarget: number | null;
  readonly curve: readonly CurvePoint[];

  /** Of blocks and deltas, both ways. */
  readonly payloadBytes: number;
  readonly payloadDownBytes: number;
  readonly payloadUpBytes: number;
  /** By all devices, what came to nothing included. */
  readonly totalFlops: number;

  /** Means and maxima over the devices that trained, of the most that each held. */
  readonly deviceBytesMean: number;
  readonly deviceBytesMax: number;
  /** Mean; comparable with a framework's training peak. */
  readonly stepBytes: number;
  readonly stepBytesMax: number;

  /** The most that the coordinator held of each in arrays of the model's size. */
  readonly serverBytes: ServerBytes;

  /** The stragglers' part of the sum of the weights n s of all updates that stepped; 0 before the first step. */
  readonly stragglerWeightShare: number;
  /** The stragglers' part of the accepted updates. */
  readonly stragglerUpdateShare: number;
  /** The hostile devices' part of that sum. */
  readonly hostileWeightShare: number;
  /** Tensors of updates that were clipped. */
  readonly clippedTensors: number;
  readonly stalenessMean: number;
  /** Updates of each staleness, from 0 on. */
  readonly stalenessCounts: readonly number[];
  readonly participants: number;
  /** What was trained, in the order in which it was first given out. */
  readonly schemes: readonly SchemeFigures[];
  readonly byClass: Readonly<Record<string, ClassFigures>>;
  /** Of all devices, where it was asked for (`personal`); else empty. */
  readonly personal: readonly PersonalFigures[];
}
