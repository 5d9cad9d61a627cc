// What settings that are more than a number may be. Types alone: kinds.ts says what is checked, forms.ts how they are written.

import type { TravelPrecision } from '../engine/weightCodec.ts';
import type { UpdateEncoding } from '../contract/messages.ts';

/** Age: (1 + tau)^-exponent; 0 switches it off. */
export interface AgeWeight {
  readonly exponent: number;
}

/** Variance factor u_k^exponent, per tensor against the median over the coverers (docs/method.md). */
export interface VarianceWeight {
  readonly kind: 'none' | 'gradientNoise' | 'bufferDistance' | 'coordinates';
  readonly exponent: number;
}

/** What a server step does with the mean that it found, with a state for each parameter that only covered steps change. */
export type ServerOptimizer =
  | { readonly kind: 'plain' }
  | { readonly kind: 'momentum'; readonly decay: number }
  /** `floor` is added to the root of the mean square (tau of FedAdam). */
  | { readonly kind: 'adam'; readonly decay: number; readonly squareDecay: number; readonly floor: number };

/** Whether the newest update of each device is remembered as a control variate, for at most so many versions. */
export type Calibration =
  | { readonly kind: 'none' }
  /** CA2FL (ICLR 2024). */
  | { readonly kind: 'ca2fl'; readonly maxAge: number };

/** Whether a device with an update in the buffer waits for the step; `always`: which comes when nobody else is at work. */
export type OnePerDevice = 'whileOthersFill' | 'always' | 'never';

/** In what form parameters travel. */
export interface PayloadEncoding {
  readonly up: UpdateEncoding;
  /** The coarsest precision in which values may go down; frozen ones that a device holds in less go down in that. */
  readonly down: TravelPrecision;
}

/** How old a device's copy may be of what others train and it does not. What it trains itself always comes anew. */
export type Freshness =
  | { readonly kind: 'always' }
  /** What it holds was last changed less than so many versions ago. */
  | { readonly kind: 'every'; readonly versions: number }
  /** The block has travelled less than this share of its own length since. */
  | { readonly kind: 'drift'; readonly share: number };

/** Which part of the model a device trains. */
export type SubsetPolicy =
  /** Everything. */
  | { readonly kind: 'full' }
  /** One scheme for all, fit for the smallest budget. */
  | ({ readonly kind: 'weakest' } & BudgetFloor)
  /** Each device what its own budget allows: what a smaller one trains, a larger one trains, too. */
  | ({ readonly kind: 'tailored' } & BudgetFloor)
  /**
   * Each device the widest slice of the network that it can train as a whole. `rollEvery`: the slice's window moves on by a
   * sixteenth of the channels each so many versions; 0: it keeps the leading ones.
   */
  | { readonly kind: 'subnetwork'; readonly rollEvery: number }
  /**
   * Each device everything small whole, and of the large layers a slice: as wide as its own budget allows, and another one
   * for another device and later, so that all of the model is trained. `sliceBy`: which one.
   */
  | { readonly kind: 'rotating'; readonly sliceBy: SliceBy };

/**
 * Whence the place of a slice: the least trained so far (`coverage`), the same for the length of its gradient (`norm`), the
 * device's own (`device`), the version's (`version`), drawn (`chance`), or the first (`leading`).
 */
export type SliceBy = 'coverage' | 'norm' | 'device' | 'version' | 'chance' | 'leading';

interface BudgetFloor {
  /** Devices of smaller budgets have no say in what others train; they get a subnetwork. 0: all have a say. */
  readonly floorBytes: number;
}

/** Whence a search knows what each part of the model gains. */
export type ContributionSource =
  /** It is measured on samples that the server has; where it has too few, and nothing is said, devices probe. */
  | { readonly kind: 'usual' }
  | { readonly kind: 'publicSet' }
  /** Devices probe it on theirs. */
  | {
      readonly kind: 'probes';
      /** Devices that probe each group of tensors. */
      readonly perGroup: number;
      /** Of a probe. */
      readonly numBatches: number;
      /** After so long the search makes do with one report a group. */
      readonly patienceMs: number;
    };
