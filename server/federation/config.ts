// A run as data: strategy, subset policy and local work. FTTE, FedBuff, FedAsync and FedAvg are values of one type.

import type { TravelPrecision } from '../../shared/engine/weightCodec.ts';
import type { LocalWork, UpdateEncoding } from '../../shared/contract/messages.ts';

/** Age: (1 + tau)^-exponent; 0 switches it off. */
export interface AgeWeight {
  readonly exponent: number;
}

/** Variance factor u_k^exponent, per tensor against the median over the coverers; design §4. */
export interface VarianceWeight {
  readonly kind: 'none' | 'gradientNoise' | 'bufferDistance' | 'coordinates';
  readonly exponent: number;
}

export type Trigger =
  /**
   * Step when K updates are buffered, or `deadlineMs` after the first of them (0: no deadline). K is `size`. With a
   * `deviceShare` it follows the devices that can be at work at once, the connected ones up to the run's concurrency: at
   * least that share of them, as with a fixed K a growing fleet has ever more updates in flight for each step, and their
   * stale corrections overshoot; and no more than there are, so that few need not wait for each other's second update.
   */
  | {
      readonly kind: 'buffer';
      readonly size: number;
      readonly deviceShare?: number;
      readonly deadlineMs: number;
    }
  /**
   * Synchronous: `size` devices (later cohorts: those that are left, if fewer) get one version; step when all that still
   * live have answered (or at the deadline). Nobody gets more work before. The first cohort waits for `first` devices;
   * default: for `size`.
   */
  | {
      readonly kind: 'cohort';
      readonly size: number;
      readonly first?: number;
      readonly deadlineMs: number;
    };

/** What a server step does with the mean that it found, with a state for each parameter that only covered steps change. */
export type ServerOptimizer =
  | { readonly kind: 'plain' }
  | { readonly kind: 'momentum'; readonly decay: number }
  /** `floor` is added to the root of the mean square (tau of FedAdam). */
  | { readonly kind: 'adam'; readonly decay: number; readonly squareDecay: number; readonly floor: number };

export interface Strategy {
  readonly name: string;
  readonly trigger: Trigger;
  readonly age: AgeWeight;
  readonly variance: VarianceWeight;
  /** Exponent g of the share of parameters covered. */
  readonly coverageExponent: number;
  /** `absolute` divides by n, `relative` by n s. */
  readonly normalisation: 'absolute' | 'relative';
  /** Least share of the buffer's samples that a parameter's step is divided by. */
  readonly kappa: number;
  /** eta. */
  readonly serverLearningRate: number;
  /** Default: plain. */
  readonly optimizer?: ServerOptimizer;
  /** `mixing`: FedAsync's own form, w += alpha s (w_k - w), with K = 1; alpha = serverLearningRate. */
  readonly form: 'delta' | 'mixing';
  /** Updates older than this are refused. */
  readonly maxStaleness: number;
  /** Each tensor's delta is clipped to this multiple of its usual norm (policies/normWindow.ts); 0: no clipping. */
  readonly clipMultiple: number;
  /** n_k is capped at this, below what is believed of the claim (policies/boundedClaims.ts). */
  readonly maxSamples: number;
  /**
   * The model that is scored and given out is a mean of the last versions, each of which keeps this share, in [0, 1), of the
   * mean before it (policies/averageModel.ts). Default: 0, the newest version.
   */
  readonly averaging?: number;
  /**
   * At most one update of a device waits in the buffer: it gets its next work after the step. `true`: always, and the step comes
   * when nobody else is at work; `false`: never. Default: as long as others will soon fill the buffer (bufferShare.ts).
   */
  readonly onePerDevice?: boolean;
}

/** In what form parameters travel. */
export interface PayloadEncoding {
  readonly up: UpdateEncoding;
  /** The coarsest precision in which values may go down; frozen ones that a device holds in less go down in that. */
  readonly down: TravelPrecision;
}

export const FLOAT32_PAYLOAD: PayloadEncoding = { up: { kind: 'float32' }, down: 'float32' };

/** Of FTTE's runs that say nothing else (docs/method.md, "Payload"). */
export const FTTE_PAYLOAD: PayloadEncoding = { up: { kind: 'topK', share: 0.1 }, down: 'int8' };

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
   * sixteenth of the channels each so many versions; default: it keeps the leading ones.
   */
  | { readonly kind: 'subnetwork'; readonly rollEvery?: number };

interface BudgetFloor {
  /** Devices of smaller budgets have no say in what others train; they get a subnetwork. Default: 0. */
  readonly floorBytes?: number;
}

/** What of a run may be changed while it goes on. */
export interface RunSettings {
  readonly strategy: Strategy;
  readonly subset: SubsetPolicy;
  /** Of local steps. */
  readonly learningRate: number;
}

/** As a run begins; its settings may change later. */
/** Whence a search knows what each part of the model gains. */
export type ContributionSource =
  /** It is measured on samples that the server has. */
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

/** Of runs whose contributions come from devices and that say nothing else. */
export const USUAL_PROBES: Extract<ContributionSource, { kind: 'probes' }> = {
  kind: 'probes',
  perGroup: 8,
  numBatches: 16,
  patienceMs: 60_000,
};

export interface RunConfig {
  readonly id: string;
  readonly task: string;
  readonly seed: number;
  readonly strategy: Strategy;
  readonly subset: SubsetPolicy;
  /** Default: always. */
  readonly freshness?: Freshness;
  /** Default: the public set. */
  readonly contributions?: ContributionSource;
  readonly localWork: LocalWork;
  /**
   * Slow devices do less, so that they land, too: of the local steps as many as a device does in this time, at least one.
   * Default: 0, all do all.
   */
  readonly partialWorkMs?: number;
  /**
   * An update takes about so long on every device, by the speed that it measures itself: slow ones do fewer local steps,
   * fast ones rest between them. Default: 0, no tempo.
   */
  readonly tempoMs?: number;
  /** Default: float32 both ways. */
  readonly encoding?: PayloadEncoding;
  /** Assignments out at once. */
  readonly concurrency: number;
  /** A lost connection keeps its lease this long. */
  readonly graceMs: number;
  /** A connected device keeps its lease this long. */
  readonly leaseMs: number;
}
