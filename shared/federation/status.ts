// Read-only views of the coordinator, for status pages, metrics and session resumption. Data only.

import type { DeviceInfo, RefusalCode } from '../contract/messages.ts';
import type { SchemeChoice } from './selectScheme.ts';

/**
 * - `connected`: takes part
 * - `lost`: its connection is gone, its lease and its say in the choice of scheme are kept for `graceMs`
 * - `gone`: it left or stayed away; only its figures are remembered
 */
export type Presence = 'connected' | 'lost' | 'gone';

/** What the device's last update said of itself (see UpdateHeader); null before the first. */
export interface DeviceReport {
  readonly stepMs: number;
  readonly overruns: number;
  /** '' where it was not told. */
  readonly backend: string;
  readonly deviceBytes: number;
  readonly allocatedBytes: number;
  readonly joinToFirstStepMs: number;
}

export interface DeviceView {
  readonly deviceId: string;
  readonly device: DeviceInfo;
  readonly presence: Presence;
  readonly budgetBytes: number;
  /** The assignment that it holds a lease on; '' if none. */
  readonly openAssignment: string;
  /** Waits for work. */
  readonly isReady: boolean;
  /** Share of the model in its latest assignment; 0 before the first. */
  readonly trainedShare: number;
  /** What all train under `weakest` is as narrow as it is because of its budget. */
  readonly narrows: boolean;
  /** Its budget narrows nobody. */
  readonly isExempt: boolean;
  /** Assignments given to it so far. */
  readonly assignments: number;
  /** Accepted updates; duplicates count once. */
  readonly updates: number;
  readonly refused: number;
  /** -1 before the first accepted update. */
  readonly lastStaleness: number;
  /** 0 before the first accepted update. */
  readonly meanStaleness: number;
  readonly report: DeviceReport | null;
}

export interface ChoiceView {
  readonly budgetBytes: number;
  readonly choice: SchemeChoice;
  /** A search has found it. */
  readonly isFound: boolean;
}

export interface CoordinatorStatus {
  readonly version: number;
  /** Accepted updates; duplicates count once. */
  readonly accepted: number;
  readonly duplicates: number;
  /** Updates waiting for the server step. */
  readonly buffered: number;
  readonly assignmentsOut: number;
  /** Connected devices that are worth waiting for: at work, waiting for work, or heard of a moment ago. */
  readonly active: number;
  /** Of the assignments out those that count against the run's concurrency. */
  readonly placesHeld: number;
  /** Devices that a cohort which is not out waits for; 0 under a buffer. */
  readonly awaited: number;
  /** Pieces of local work in a row that diverged, since the last accepted update or change of settings. */
  readonly divergedInARow: number;
  /** Leases that ended without an update. */
  readonly expired: number;
  /** Tensors of accepted updates that were clipped. */
  readonly clipped: number;
  readonly refusals: Partial<Record<RefusalCode, number>>;
  /** What is given out at present, by the smallest budget that each is for, rising; none before the first device. */
  readonly choices: readonly ChoiceView[];
  /** Probes that have come back, of those sought for the search that is wanted; null: none are. */
  readonly probing: { readonly done: number; readonly of: number } | null;
  /** A search is under way. */
  readonly isSearching: boolean;
  readonly devices: readonly DeviceView[];
}
