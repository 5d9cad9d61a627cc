// What the server pushes to dashboards (`GET /api/feed`, server-sent events): data only, no logic.
// The first message of a connection holds everything; each later one what has changed since.

import type { ModelSpec } from '../engine/model.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import type { SettingsChange } from '../settings/liveSettings.ts';
import type { Metric } from '../tasks/metric.ts';
import type { Waiting } from './waiting.ts';

/** What does not change while the server is up. */
export interface DashboardRun {
  readonly id: string;
  readonly taskTitle: string;
  readonly metric: Metric;
  readonly target: number;
  /** Names of the classes; empty where the outputs are values. */
  readonly classes: readonly string[];
  /** Type of a sample's elements. */
  readonly inputs: 'uint8' | 'float32';
  /** Height, width and channels of a sample that is a picture; null for others. */
  readonly picture: readonly [height: number, width: number, channels: number] | null;
  readonly model: ModelSpec;
  /** Samples of a local step. */
  readonly batch: number;
  readonly numParameters: number;
  /** Planned deviceBytes for all of the model with the whole batch at once: what a device of FedAvg would hold. */
  readonly fullDeviceBytes: number;
  /** Where several runs share one fleet: the ids of all of them, this one's too. Empty: it has the fleet for itself. */
  readonly sideBySide: readonly string[];
  /** Where devices join, the network's address first. */
  readonly joinUrls: readonly string[];
}

/** A setting on the desk's form, as the server's table has it. */
export interface DeskField {
  readonly name: keyof SettingsChange;
  readonly label: string;
  /** Null: a number. */
  readonly choices: readonly string[] | null;
  readonly isWhole: boolean;
}

/** What the desk's fields hold as the settings stand, by name. `buffer`: K, or the devices of a cohort; it may be larger with many. */
export type DeskValues = Pick<
  Required<{ readonly [Name in keyof SettingsChange]: NonNullable<SettingsChange[Name]> }>,
  'strategy' | 'subset' | 'buffer' | 'learningRate' | 'serverLearningRate'
>;

/** What a desk may choose from (`/api/admin/check`). */
export interface DeskChoices {
  readonly tasks: readonly { readonly id: string; readonly title: string }[];
  readonly strategies: readonly { readonly id: string; readonly title: string }[];
  /** Ids of the strategies that are shown side by side: what stalls, and ours, which goes on alone. */
  readonly compared: readonly string[];
  readonly settings: readonly DeskField[];
  /** `?ticket=` of the feed: it then always has a place. */
  readonly ticket: string;
  /** '' where none is needed to join. */
  readonly joinCode: string;
}

/** `GET /api/steptimes`: of each device the newest step times, one an update, and when they came. */
export type StepTimes = Readonly<
  Record<string, { readonly atMs: readonly number[]; readonly stepMs: readonly number[] }>
>;

export interface DashboardFigures {
  readonly strategy: string;
  /** For people; whoever reads this feed infers nothing from either. */
  readonly strategyTitle: string;
  readonly version: number;
  /** Accepted updates. */
  readonly accepted: number;
  /** Messages refused, all codes together. */
  readonly refused: number;
  /** Tensors of accepted updates that were clipped. */
  readonly clipped: number;
  readonly buffered: number;
  /** Updates that make a server step now: K, or the cohort that is out. */
  readonly bufferSize: number;
  readonly assignmentsOut: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** As they stand; changed from the desk. */
  readonly settings: DeskValues;
  /** A version waits for all who are at work. */
  readonly waitsForAll: boolean;
  /** All devices are held. */
  readonly isPaused: boolean;
  /** What the run waits for; null: it goes on by itself. */
  readonly waiting: Waiting | null;
  readonly isEnded: boolean;
}

/**
 * - `training`: connected, holds an assignment
 * - `waiting`: connected, without work
 * - `asleep`: its connection is gone, its place is kept for a while (a locked phone, a reload)
 * - `gone`: it left, or stayed away too long
 */
export type DashboardDeviceState = 'training' | 'waiting' | 'asleep' | 'gone';

export interface DashboardDevice {
  readonly id: string;
  /** Generated from the id; as the device calls itself only where the server allows free text. */
  readonly name: string;
  /** Profile of an emulated device where the server allows free text, else the system the browser runs on; '' if unknown. */
  readonly kind: string;
  readonly browser: string;
  /** 0 if unknown. */
  readonly cores: number;
  readonly backend: string;
  readonly state: DashboardDeviceState;
  /** 1, or how many times slower it is made than it is. */
  readonly slowdown: number;
  readonly budgetBytes: number;
  /** 0 before its first update. */
  readonly deviceBytes: number;
  readonly allocatedBytes: number;
  /** False where the backend takes what it takes. */
  readonly isBudgetEnforced: boolean;
  /** Index in `schemes` of what it was last given; -1: nothing since the server started. */
  readonly scheme: number;
  readonly trainedShare: number;
  /** What all train is as narrow as it is because of its budget. */
  readonly narrows: boolean;
  /** Its budget narrows nobody, as said at the desk. */
  readonly isExempt: boolean;
  /** Of its last accepted update, -1 before it. */
  readonly staleness: number;
  readonly updates: number;
  readonly refused: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Milliseconds of a local step, median; 0 before its first update. */
  readonly stepMs: number;
}

/** Points in time since the run began; of very many every second, fourth ... one. Arrays of one group have equal lengths. */
export interface RunHistory {
  readonly steps: {
    readonly atMs: readonly number[];
    readonly version: readonly number[];
  };
  readonly evaluations: {
    readonly atMs: readonly number[];
    readonly version: readonly number[];
    readonly score: readonly number[];
    readonly loss: readonly number[];
  };
  /** Aggregated updates by their staleness: `staleness[tau]`; the last counts all that are older, too. */
  readonly staleness: readonly number[];
}

/** How the global model does on the test set, class by class. Made only while somebody looks. */
export interface Examination {
  readonly version: number;
  /** Samples of class `truth` taken for class `said`: `confusion[truth * classes + said]`. */
  readonly confusion: readonly number[];
  /** The surest first. */
  readonly mistakes: readonly {
    /** Index in the test set. */
    readonly sample: number;
    readonly truth: number;
    readonly said: number;
    /** Probability given to `said`. */
    readonly confidence: number;
  }[];
}

export interface DashboardMessage {
  /** Only in the first message, which replaces all that was known. */
  readonly run?: DashboardRun;
  /** Milliseconds since the run began; it stands still while no server is up. */
  readonly nowMs: number;
  readonly figures?: DashboardFigures;
  /** Those that have changed, whole. */
  readonly devices?: readonly DashboardDevice[];
  /** All schemes that devices were given since the server started, when there is a new one. */
  readonly schemes?: readonly UpdateScheme[];
  /** New points; `staleness` is whole. */
  readonly history?: RunHistory;
  readonly examination?: Examination;
}
