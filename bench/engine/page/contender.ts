// Someone who can take SGD steps on a model, and be timed.

import type { EngineRow } from '../engineResult.ts';

export interface Contender {
  readonly engine: EngineRow['engine'];
  readonly backend: string;
  readonly peakBytes: number | null;
  /** Makes ready for steps (TensorFlow.js has one active backend at a time). */
  activate(): Promise<void>;
  /** One SGD step; it may only be enqueued. */
  step(): void;
  /** Resolves when the results of all steps are there. */
  settle(): Promise<void>;
  dispose(): void;
}

/** Inputs and labels that every contender trains on. */
export interface Samples {
  readonly count: number;
  readonly inputs: Float32Array;
  readonly labels: Uint8Array;
  /** `[count, outputs]`, where the model's loss is not softmax cross-entropy. */
  readonly targets: Float32Array;
}

/** Small, so that the parameters stay tame over thousands of steps on one batch. */
export const LEARNING_RATE = 0.001;
