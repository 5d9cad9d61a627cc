// All that a coordinator knows between two events, as plain data. No logic but how it begins.
// Arrays of parameters and deltas are immutable: a server step makes new ones for what it changes and shares the rest.

import type { ModelSpec, Parameters, ParameterSpec } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { Delta } from '../contract/delta.ts';
import type { DeviceInfo, Holding, RefusalCode } from '../contract/messages.ts';
import { createRandom, mixSeed, type Random } from '../random.ts';
import { createCensus, type Census } from './census.ts';
import type { RunConfig, RunSettings } from './config.ts';
import type { Effect } from './events.ts';
import type { Kept, OwnRules } from './own/ownStrategy.ts';
import { PATH_START, type Milestone } from './policies/freshness.ts';
import type { Moments } from './policies/serverOptimizer.ts';
import type { PartTally } from './policies/nextTurn.ts';
import type { NormWindow } from './policies/normWindow.ts';
import type { ProbePlanner, ProbeReport } from './probePlanner.ts';
import type { SchemeSearch } from './schemeSearch.ts';
import type { PrecisionsOf, SchemeChoice, SelectScheme } from './selectScheme.ts';
import type { SliceChange } from './sliceChanges.ts';
import { runSettingsOf } from './settings.ts';
import type { DeviceReport, Presence } from './status.ts';
import type { UpdateCache } from './updateCache.ts';

/** One parameter tensor. */
export interface Block {
  /** Version of the model in which it last changed. */
  readonly version: number;
  readonly values: Float32Array;
  /** Which slices were changed, and when last. */
  readonly changes: readonly SliceChange[];
  /** How far it has travelled, where the run's freshness asks for that. */
  readonly path: readonly Milestone[];
  /** Of the server's optimizer, once it has one. */
  readonly moments?: Moments;
  /** Mean of the last versions, where the strategy has that given out (policies/averageModel.ts). */
  readonly average?: Float32Array;
  /** What somebody's own strategy keeps of it (own/ownCombine.ts). */
  readonly kept?: Kept;
}

/** How an assignment ended; remembered so that a repeated upload gets the same answer. */
export type ClosedAssignment =
  | {
      readonly number: number;
      readonly end: 'accepted';
      readonly version: number;
      readonly staleness: number;
    }
  | { readonly number: number; readonly end: 'refused'; readonly code: RefusalCode; readonly message: string }
  | { readonly number: number; readonly end: 'expired' };

export interface DeviceRecord {
  readonly deviceId: string;
  device: DeviceInfo;
  /** Stands for the address that it last came from; '' where none is known. */
  origin: string;
  budgetBytes: number;
  presence: Presence;
  /** When a lost device counts as gone; null unless lost. */
  graceEndMs: number | null;
  /** Samples that it was dealt; 0 where that is not known. */
  dealtSamples: number;
  /** Samples that its newest accepted update claims; 0 before. */
  claimedSamples: number;
  /** Its budget is below every scheme, or below the run's floor: it trains a subnetwork and has no say in the choices. */
  isNarrow: boolean;
  /** Accepted updates since it declared its budget. */
  updatesInBudget: number;
  /** How many updates the run had taken in with its newest one. */
  acceptedAt: number;
  /** Whoever runs this lets its budget narrow nobody. */
  isExempt: boolean;
  /** From when on its budget narrows what others train. */
  sayFromMs: number;
  /** The blocks that it said to have. */
  holding: Holding;
  /** Of its newest assignment: what it has moved lies in these slices. */
  scheme: UpdateScheme | null;
  /** Number of its open assignment; null for none. */
  open: number | null;
  /** It has no work before. */
  notBeforeMs: number;
  /** Assignments in a row that have brought nothing that counts. */
  futile: number;
  /** About how long its assignments take; 0 before the first that was answered. */
  turnMs: number;
  /** It has come back, and has not asked for work since: that it gives up what it had is no fault. */
  isBack: boolean;
  /** When it was last seen to do something: it joined, asked for work or sent what it had done. */
  heardAtMs: number;
  /** Its newest ended assignments, oldest first. */
  closed: readonly ClosedAssignment[];
  trainedShare: number;
  /** Indices of the groups that it was given to probe, and has told of or will be given no more. */
  probed: readonly number[];
  /** Of the groups whose probe ended untold once: the next time is the last. */
  probedInVain: readonly number[];
  /** Its newest assignment is a probe. */
  hasJustProbed: boolean;
  assignments: number;
  updates: number;
  refused: number;
  lastStaleness: number;
  stalenessSum: number;
  report: DeviceReport | null;
}

/** An assignment whose lease is running. */
export interface OpenAssignment {
  readonly number: number;
  readonly deviceId: string;
  readonly baseVersion: number;
  readonly scheme: UpdateScheme;
  readonly trainedShare: number;
  readonly issuedAtMs: number;
  leaseEndMs: number;
  /** Until then others wait for its place. */
  readonly placeEndMs: number;
  /** That time is over: it no longer counts among those that are out. */
  isOverdue: boolean;
  /** By the strategy that it was given under. */
  readonly maxStaleness: number;
  /** Base of each scheme entry's whole tensor (`mixing` form), else null. */
  readonly base: Parameters | null;
  /** Which parts of the model it trains (policies/nextTurn.ts); null where devices do not train in turn. */
  readonly parts: readonly number[] | null;
  /** What it probes instead of training; null: it trains. */
  readonly probe: OpenProbe | null;
}

/** What a probe that is out measures. */
export interface OpenProbe {
  /** Index among the planner's groups. */
  readonly group: number;
  readonly ratio: number;
}

/** An accepted update that waits for the server step. */
export interface BufferedUpdate {
  readonly deviceId: string;
  readonly baseVersion: number;
  readonly scheme: UpdateScheme;
  readonly trainedShare: number;
  readonly base: Parameters | null;
  readonly delta: Delta;
  /** Clipping of each scheme entry, in (0, 1]. */
  readonly scales: readonly number[];
  /** As claimed. */
  readonly steps: number;
  /** As claimed. */
  readonly samples: number;
  /** To its device; 0 where that is not known. */
  readonly dealtSamples: number;
  readonly noise: number;
  readonly lossFirst: number;
  readonly lossLast: number;
  /** Accepted updates of its device among the newest ones, this one included; absent: not counted. */
  readonly turn?: number;
  /** The delta's bytes, where they are to be remembered. */
  readonly message?: Uint8Array;
}

/** The scheme of one class of budgets. */
export interface ClassChoice {
  /** The smallest of them. */
  readonly budgetBytes: number;
  readonly choice: SchemeChoice;
}

export interface CoordinatorState {
  nowMs: number;
  settings: RunSettings;
  version: number;
  blocks: readonly Block[];
  random: Random;
  /** Number of the next assignment. */
  nextAssignment: number;
  /** Gone devices included, as far as they are remembered. */
  readonly devices: Map<string, DeviceRecord>;
  /** Of those that are here or lost; follows from `devices`. */
  readonly census: Census;
  /** Devices that wait for work, in the order in which they became ready. */
  readonly ready: Set<string>;
  readonly assignments: Map<number, OpenAssignment>;
  buffer: BufferedUpdate[];
  /** How long the newest assignments that were answered have taken, oldest first. */
  turnsMs: readonly number[];
  /** When the buffer, or the cohort, is stepped with what there is; null: never. */
  deadlineMs: number | null;
  /** A cohort is at work: until its step nobody gets more. */
  isCohortOut: boolean;
  /** One window a tensor. */
  norms: readonly NormWindow[];
  /** What devices usually claim to have trained on, as of the newest server step; null before. */
  usualSamples: number | null;
  /** Clipped tensors of accepted updates. */
  clipped: number;
  /** What is given out at present: a scheme for each class of budgets, rising. */
  choices: readonly ClassChoice[];
  /** What searches have found, by budget, oldest first. */
  found: readonly { readonly budgetBytes: number; readonly choice: SchemeChoice | null }[];
  /** How much each part of the model was trained, under `rotating`; none before the first. */
  parts: readonly PartTally[];
  /** From when on the budgets of the choices are searched for; null: nothing to search. */
  searchAtMs: number | null;
  /** What is being searched for. */
  searching: SchemeSearch | null;
  /** What devices have told by probes, oldest first. */
  reports: readonly ProbeReport[];
  /** When the choices are relaxed to the budgets that are left; null while the weakest of each class is here. */
  relaxAtMs: number | null;
  /** The choices were relaxed before: who comes and goes must stay a while before it narrows them again. */
  hasRelaxed: boolean;
  /** When the next device has a say; null: all have. */
  admitAtMs: number | null;
  /** Whose the newest accepted updates were, oldest first, as many as the strategy's window counts. */
  recent: readonly string[];
  /** The newest update of each device, while the strategy calibrates; else null. */
  cache: UpdateCache | null;
  accepted: number;
  duplicates: number;
  expired: number;
  /** Pieces of local work in a row that diverged; an accepted update ends the row, and so does a change of settings. */
  divergedInARow: number;
  refusals: Partial<Record<RefusalCode, number>>;
  /** The wake-up asked for last. */
  wakeAtMs: number | null;
  /** What functions of somebody's own strategy keep, those of tensors aside; absent before. */
  kept?: { readonly weigh?: Kept | undefined; readonly choose?: Kept | undefined };
}

/** What every part of the coordinator works on: what never changes, the state, and the effects of the event at hand. */
export interface CoordinatorContext {
  /** With the settings as they stand. */
  readonly config: RunConfig;
  readonly model: ModelSpec;
  readonly parameterSpecs: readonly ParameterSpec[];
  readonly selectScheme: SelectScheme;
  readonly precisionsOf: PrecisionsOf;
  /** Somebody answers `searchScheme`. */
  readonly hasSearch: boolean;
  /** Null: the search needs no probes. */
  readonly probePlanner: ProbePlanner | null;
  /** Of a strategy in code; null: there is none. */
  readonly own: OwnRules | null;
  readonly state: CoordinatorState;
  readonly effects: Effect[];
}

/** State before the first event: version 0 of the given parameters, which are kept by reference. */
export function initialState(config: RunConfig, parameters: Parameters): CoordinatorState {
  return {
    nowMs: 0,
    settings: runSettingsOf(config),
    version: 0,
    blocks: parameters.map((values) => ({ version: 0, values, changes: [], path: PATH_START })),
    random: createRandom(mixSeed(config.seed)),
    nextAssignment: 0,
    devices: new Map(),
    census: createCensus(),
    ready: new Set(),
    assignments: new Map(),
    buffer: [],
    turnsMs: [],
    deadlineMs: null,
    isCohortOut: false,
    norms: parameters.map(() => []),
    usualSamples: null,
    clipped: 0,
    choices: [],
    found: [],
    parts: [],
    searchAtMs: null,
    searching: null,
    reports: [],
    relaxAtMs: null,
    hasRelaxed: false,
    admitAtMs: null,
    recent: [],
    cache: null,
    accepted: 0,
    duplicates: 0,
    expired: 0,
    divergedInARow: 0,
    refusals: {},
    wakeAtMs: null,
  };
}
