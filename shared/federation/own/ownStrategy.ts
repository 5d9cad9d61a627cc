// What a strategy file in code may say: the types of somebody's own strategy, for those who write one. Types alone.
// How it is called is beside this; where it comes from is the server's business.

import type { SchemeEntry } from '../../engine/scheme.ts';

/**
 * What a function keeps from one call to the next: plain data, numbers finite. It is part of the run's checkpoints. Records and
 * lists come back frozen; arrays are shared with checkpoints and must not be changed: keep a new one instead.
 */
export type Kept =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | readonly Kept[]
  | { readonly [name: string]: Kept };

/** An update in the buffer, as the server step weighs it. */
export interface UpdateToWeigh {
  readonly deviceId: string;
  /** Version that the step makes. */
  readonly version: number;
  /** Versions that came after the one that the update began with. */
  readonly staleness: number;
  /** Samples and local steps, as far as the claims are believed. */
  readonly samples: number;
  readonly steps: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
  /** 1 - cosine of the deltas of the two halves of the local work; below 0: not told. */
  readonly noise: number;
  readonly lossFirst: number;
  readonly lossLast: number;
  /** By age and coverage, as the preset weighs it. */
  readonly usual: number;
  /** What `weigh` kept last, of whatever update; undefined before the first. */
  readonly kept: Kept | undefined;
}

/** What one update brings to one tensor. */
export interface ContributionToCombine {
  readonly deviceId: string;
  readonly staleness: number;
  readonly samples: number;
  /** s_k. */
  readonly weight: number;
  /** Trained minus base, clipped, of the whole tensor: 0 where it was not trained. The function's own. */
  readonly delta: Float32Array;
  /** 1 where the update trained the element; null: all of them. */
  readonly covers: Uint8Array | null;
}

/** One tensor of a server step. */
export interface TensorToCombine {
  /** `dense1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly version: number;
  /** Of the version before, row-major; the function's own. */
  readonly values: Float32Array;
  /** At least one, in the order in which they came. */
  readonly contributions: readonly ContributionToCombine[];
  readonly serverLearningRate: number;
  /** The tensor as the preset would have it; a new array. */
  readonly usual: () => Float32Array;
  /** For chance that is the same again in a replay. */
  readonly seed: number;
  /** What `combine` kept of this tensor last; undefined before the first. */
  readonly kept: Kept | undefined;
}

/** Names of whole tensors, and slices of others. */
export type ChosenPart = readonly (string | SchemeEntry)[];

/** A device that is about to get work. */
export interface DeviceToChooseFor {
  readonly deviceId: string;
  readonly budgetBytes: number;
  /** Of the model that it begins with. */
  readonly version: number;
  /** Accepted updates of the device. */
  readonly updates: number;
  /** All parameter tensors, in the model's order. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly size: number;
  }[];
  /** As the preset chooses. */
  readonly usual: ChosenPart;
  /** What a device holds for such a part at least; a part must fit the budget. */
  readonly bytesOf: (part: ChosenPart) => number;
  readonly seed: number;
  readonly kept: Kept | undefined;
}

/**
 * Pure functions, each of them optional: the same arguments give the same answer, without clock, chance or memory of their own. An
 * answer may come alone, or with what is to be kept.
 */
export interface OwnFunctions {
  /** s_k >= 0 of an update, in place of age, coverage and variance. */
  readonly weigh?: (update: UpdateToWeigh) => number | { readonly weight: number; readonly kept: Kept };
  /** The tensor's next values, finite; nothing but this moves it, but for a mean of versions that is given out beside. */
  readonly combine?: (
    tensor: TensorToCombine,
  ) => Float32Array | { readonly values: Float32Array; readonly kept: Kept };
  /** What the device trains; null: as usual. Devices that can but train a subnetwork are not asked about. */
  readonly choose?: (
    device: DeviceToChooseFor,
  ) => ChosenPart | null | { readonly part: ChosenPart | null; readonly kept: Kept };
}

/** A strategy file in code: the default export. Its other fields are those of a strategy file in JSON (`buffer`, `averaging`, ...). */
export interface OwnStrategy extends OwnFunctions {
  /** What it changes: `ftte`, `fedbuff`, `fedasync` or `fedavg`. */
  readonly preset: string;
  /** Default: the file's, without its end. */
  readonly name?: string;
  readonly [setting: string]: unknown;
}

/** Those functions, loaded. */
export interface OwnRules extends OwnFunctions {
  /** Where they come from, for messages and manifests. */
  readonly file: string;
}

export const OWN_FUNCTIONS = [
  'weigh',
  'combine',
  'choose',
] as const satisfies readonly (keyof OwnFunctions)[];
