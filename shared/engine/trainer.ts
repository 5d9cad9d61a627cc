// What every backend of the engine offers: the contract that one test suite holds all of them to.
// Knows nothing of how a backend computes, and nothing of federation.

import type { Parameters } from './model.ts';
import type { TrainingPlan } from './plan.ts';

/** One batch on its way in. Arrays stay the caller's and are read before the call returns. */
export interface Batch {
  /**
   * `[count, ...sampleShape]`, row-major. `Uint8Array` elements are scaled while they are staged:
   * `value * scale + offset`; a `Float32Array` is taken as it is.
   */
  readonly inputs: Float32Array | Uint8Array;
  /** `[count]`, class indices; `predict` does not read them. */
  readonly labels: Uint8Array;
  /** `[count, outputs]`, in place of labels where the model's loss is not softmax cross-entropy. */
  readonly targets?: Float32Array;
  /** Number of samples, 1 ... plan.batch. */
  readonly count: number;
  readonly scale?: number;
  readonly offset?: number;
}

/** Sums since the last call of `takeMetrics`. */
export interface Metrics {
  readonly samples: number;
  readonly lossSum: number;
  readonly correct: number;
}

export type BackendName =
  | 'reference'
  | 'wasm-relaxed'
  | 'wasm-simd'
  | 'wasm-scalar'
  | 'webgpu'
  | 'tfjs-webgpu';

/** True where the backend holds what the plan says and no more; else (TensorFlow.js) its bytes are measured, not planned. */
export function enforcesBudget(backend: string): boolean {
  return backend !== 'tfjs-webgpu';
}

/**
 * A trainer owns one arena and holds one set of parameters in it. Calls that compute may only enqueue the work
 * (WebGPU); the methods that return a promise wait for all that was enqueued before them.
 */
export interface Trainer {
  readonly plan: TrainingPlan;
  readonly backend: BackendName;
  /**
   * What the backend really holds for the plan, in bytes; never grows (WASM: the fixed memory's byteLength). Of a backend
   * that enforces no budget: the most that was measured so far.
   */
  readonly allocatedBytes: number;

  /**
   * Copies values into the parameters, in the precision that the plan holds them in. `indices[i]` is the index in
   * `parametersOf(model)` of `values[i]`. Throws RangeError on a wrong length or index.
   */
  load(indices: readonly number[], values: Parameters): void;
  /** As `load`, from bytes: what the arena holds of each of these parameters (`encodeWeight`), one after the other without gaps. */
  loadEncoded(indices: readonly number[], blocks: Uint8Array<ArrayBufferLike>): void;
  /**
   * As `load`, for neighbouring elements `[start, start + values.length)` of one parameter that the plan holds in float32.
   * Throws RangeError where it does not, or where they leave the tensor.
   */
  loadRange(index: number, start: number, values: Float32Array): void;
  /** Copies of these parameters, of all in the model's order unless told; frozen ones as the plan's precision has them. */
  read(indices?: Iterable<number>): Promise<Float32Array[]>;

  /**
   * A view of `plan.transferBytes` bytes inside the arena, dead until the next `beginUpdate`: an incoming message is
   * copied here so that nothing of it need stay alive outside the budget. The delta that `finishUpdate` gave may lie at
   * its front. Valid until the next call of any other method.
   */
  transferBuffer(): Uint8Array<ArrayBufferLike>;

  /**
   * Notes the present value of all trained slices as the base of the update to come, and clears the accumulators that a
   * transfer may have run over. `carried`, of the form of a delta and perhaps what `finishUpdate` gave, is then added to
   * the slices: it counts as trained.
   */
  beginUpdate(carried?: Float32Array): void;
  /** One step of the plan's optimizer on the mean gradient over `count` samples. `seed` (default 0) decides dropout. */
  step(batch: Batch, learningRate: number, seed?: number): void;
  /**
   * Only where `step` enqueues: resolves when so little is under way that another step would not make the queue grow.
   * Await it after each step, so that the time of steps is real and nothing piles up.
   */
  readonly queueReady?: () => Promise<void>;
  /** The count sketch (countSketch.ts) of trained minus base so far; a copy. The update stays open and unchanged. */
  sketchUpdate(): Promise<Float32Array>;
  /** Only where it costs less than the sketch. True: trained minus base, and its sketch, are finite; false: look at the sketch. */
  readonly isUpdateFinite?: () => boolean;
  /**
   * Trained minus base of every scheme entry, in scheme order, row-major, contiguous. A view inside the arena that
   * stays valid until the next `beginUpdate`, or until the transfer buffer is written over: the device keeps its delta there until it is acknowledged.
   */
  finishUpdate(): Promise<Float32Array<ArrayBufferLike>>;

  /** Instead of `finishUpdate`: gives all trained slices back the value that `beginUpdate` noted, bit by bit. */
  abandonUpdate(): void;

  /** Forward pass; adds loss and hits to the metrics. */
  evaluate(batch: Batch): void;
  /** Class probabilities `[count, classes]`, a copy. */
  predict(batch: Batch): Promise<Float32Array>;
  /** Loss and hits summed over `step` and `evaluate` since the last call; resets them. */
  takeMetrics(): Promise<Metrics>;

  /** Frees the arena. Any later call throws. */
  dispose(): void;
}
