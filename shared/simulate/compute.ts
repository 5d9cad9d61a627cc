// What a simulation asks of whoever computes local work and scores for it, and what comes back. Data only, so that it may
// cross into threads; arrays of parameters and data may lie in shared memory, so that a request costs the same however large they are.

import type { ModelSpec, Parameters } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { Variant } from '../engine/wasm/code/lanes.ts';
import type { LocalTrainingSummary } from '../localWork/localTraining.ts';
import type { LocalWork, UpdateEncoding } from '../contract/messages.ts';
import type { Metric } from '../tasks/metric.ts';
import type { Dataset } from '../tasks/task.ts';
import type { PersonalFigures } from './simulationResult.ts';

/** Local work of one assignment. The outcome is a function of this and of nothing else. */
export interface DeviceRequest {
  readonly model: ModelSpec;
  readonly scheme: UpdateScheme;
  readonly budgetBytes: number;
  readonly variant: Variant;
  /** All tensors of the base, in the model's order. */
  readonly base: Parameters;
  readonly train: Dataset;
  /** Which of them are the device's. */
  readonly samples: Uint32Array;
  /** Staging of uint8 inputs: value * scale + offset. */
  readonly scale: number;
  readonly offset: number;
  readonly localWork: LocalWork;
  /** Of updates. */
  readonly encoding: UpdateEncoding;
  readonly seed: number;
}

export interface TrainingRequest extends DeviceRequest {
  /** What of the device's last update has not travelled, in shared memory: what of this one does not is written over it. */
  readonly carried: Float32Array | null;
  /** Whether anybody asks for the noise of the local work. */
  readonly measuresNoise: boolean;
}

/** `null`: the losses or the update were not finite. */
export type TrainingOutcome = {
  /** The encoded delta. */
  readonly update: Uint8Array<ArrayBuffer>;
  /** What of the delta is not in it and is to be carried over, in shared memory; null where the encoding carries nothing over. */
  readonly unsent: Float32Array | null;
  readonly summary: LocalTrainingSummary;
} | null;

/** The scheme's gradient is measured. */
export interface ProbeRequest extends DeviceRequest {
  readonly numBatches: number;
}

/** `null`: the gradients were not finite, or the device has too few samples. */
export type ProbeOutcome = number | null;

/** The making of a personal model, and its judging beside the one that it is made of. */
export interface PersonalRequest extends Omit<DeviceRequest, 'scheme' | 'encoding' | 'localWork' | 'seed'> {
  /** Numbers of the samples that both are judged by. */
  readonly heldOut: Uint32Array;
}

export type PersonalOutcome = Pick<PersonalFigures, 'trains' | 'sharedAccuracy' | 'personalAccuracy'>;

export interface ScoringRequest {
  readonly model: ModelSpec;
  readonly variant: Variant;
  readonly parameters: Parameters;
  readonly test: Dataset;
  readonly metric: Metric;
  readonly scale: number;
  readonly offset: number;
  readonly wantsRecalls: boolean;
}

export interface Scores {
  /** By the task's metric. */
  readonly score: number;
  /** -1 where the outputs are no classes. */
  readonly accuracy: number;
  readonly loss: number;
  /** Where they are wanted and the task has classes: of each class, -1 for one without samples. */
  readonly recalls?: readonly number[];
}

/** Something under way. */
export interface Pending<T> {
  /** Never settles once cancelled, unless it was being computed already. */
  readonly outcome: Promise<T>;
  /** Says that nobody wants the outcome any more. */
  cancel(): void;
}

/** Whoever computes. What is due first may be computed first; outcomes depend on nothing but the requests. */
export interface Compute {
  /** `dueMs`: virtual time at which the outcome will be wanted. */
  train(request: TrainingRequest, dueMs: number): Pending<TrainingOutcome>;
  probe(request: ProbeRequest, dueMs: number): Pending<ProbeOutcome>;
  score(request: ScoringRequest, dueMs: number): Pending<Scores>;
  personalise(request: PersonalRequest, dueMs: number): Pending<PersonalOutcome>;
}
