// What a device shows of itself and what it is told at its start: data only, it crosses from the Worker to the page.
// Knows nothing of sockets, engines or elements of a page.

import type { BackendName } from '../../shared/engine/trainer.ts';
import type { Refusal } from '../../shared/contract/messages.ts';
import { FULL_PACE, type Pace } from '../../shared/contract/pace.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import type { Metric } from '../../shared/tasks/metric.ts';
import { NO_OWN_DATA } from './own/noOwnData.ts';
import type { OwnDataState } from './ownData.ts';

/**
 * - `connecting`: no session yet, or the connection is gone and being made again
 * - `waiting`: joined, no assignment
 * - `training`, `uploading`: at work on an assignment
 * - `refused`: the server said no; `refusal` tells what would help
 * - `ended`: over for good in this tab (the run ended, another tab took the session)
 * - `left`: the person left
 * - `failed`: a fault of our own or of the browser; `problem` has the text
 */
export type DevicePhase =
  | 'connecting'
  | 'waiting'
  | 'training'
  | 'uploading'
  | 'refused'
  | 'ended'
  | 'left'
  | 'failed';

/** Variants of the engine that a Worker runs. */
export type WorkerBackend = Exclude<BackendName, 'reference'>;

export interface DeviceOptions {
  /** Address of the server without the slash at its end, e.g. `http://192.168.1.20:8080` or `https://host/lab/minnow`. */
  readonly server: string;
  readonly run: string;
  /** Join code; default: none. */
  readonly code?: string;
  /** Of the session to resume; '' joins anew. */
  readonly token: string;
  readonly name: string;
  readonly profile: string;
  readonly budgetBytes: number;
  /** 0 = as fast as it goes. */
  readonly flopsPerSecond: number;
  readonly stragglerFactor: number;
  /** About how long an update takes (shared/localWork/tempo.ts); default, or below 0: as the run says. */
  readonly tempoMs?: number;
  /** -1: the server deals the next shard. */
  readonly dataSeed: number;
  /** '' takes the fastest that the browser can run, by measurement. */
  readonly backend: WorkerBackend | '';
  /** What was measured before on this device (backendChoice.ts). */
  readonly raceResults: Readonly<Record<string, string>>;
  /** When the page was opened, milliseconds since the epoch. */
  readonly openedAtMs: number;
}

/**
 * A problem that the pages have words for, by its code; what follows is the engine's own word for it, or with `memoryRefused`
 * the bytes that were asked for.
 */
export type KnownProblem = `${'diverged' | 'gpuFailed' | 'memoryRefused' | 'workerFailed'}: ${string}`;

/**
 * Why the tab holds its device back of itself, as it sees the phone that it runs on, or its address (it leads to another
 * server, and nobody has agreed to that); '' where it does not.
 */
export type HeldReason = '' | 'battery' | 'dataSaver' | 'otherServer';

/** One layer with parameters, and how much of it this device trains. */
export interface LayerShare {
  readonly name: string;
  readonly numParameters: number;
  /** 0 ... 1. */
  readonly trainedShare: number;
}

export interface DeviceState {
  readonly phase: DevicePhase;
  /** By the person. */
  readonly paused: boolean;
  readonly held: HeldReason;
  /** The teacher's doing (shared/contract/pace.ts). */
  readonly pace: Pace;
  readonly connected: boolean;
  /** While the connection is gone: when it is tried again, milliseconds since the epoch; 0: it is being tried, or is there. */
  readonly retryAtMs: number;
  /** What the run waits for, where it does not go on by itself; null where it does. */
  readonly waiting: Waiting | null;
  readonly run: string;
  readonly deviceId: string;
  readonly taskId: string;
  readonly taskTitle: string;
  /** '' before the Worker has told anything. */
  readonly backend: string;
  /** Why `backend` is not the one that was asked for; '' where it is. */
  readonly backendRefusal: string;
  /** WebGPU worked and then failed: the device goes on in WebAssembly. */
  readonly hasGpuFailed: boolean;
  readonly budgetBytes: number;
  /** As planned; measured where the backend enforces no budget. 0 before the first plan. */
  readonly deviceBytes: number;
  readonly allocatedBytes: number;
  /** -1 before the first plan. */
  readonly trainedShare: number;
  readonly layers: readonly LayerShare[];
  /** Of the network's width the share that this device holds; 1: all of the network. */
  readonly widthRatio: number;
  /** Newest version of the global model that the device knows of. */
  readonly version: number;
  readonly numDevices: number;
  readonly metric: Metric;
  /** Of the global model on held-out data by that metric, -1 before the first evaluation. */
  readonly score: number;
  /** Samples that this assignment trains on, own ones included; 0 before any are there. */
  readonly samples: number;
  /** They are the server's, all of them; else `own.use` says whose. */
  readonly isDemoShard: boolean;
  readonly own: OwnDataState;
  /** Local steps done and planned in this assignment. */
  readonly step: number;
  readonly numSteps: number;
  readonly stepMs: number;
  readonly overruns: number;
  /** Accepted and refused updates of this tab. */
  readonly updates: number;
  readonly refused: number;
  /** Of the last accepted update, -1 before it. */
  readonly lastStaleness: number;
  /** Mean local loss of each of the newest updates, oldest first. */
  readonly losses: readonly number[];
  /** Assignments in a row whose local work diverged. */
  readonly diverged: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Sessions resumed after a lost connection, a reload or a server restart. */
  readonly resumes: number;
  readonly joinToFirstStepMs: number;
  readonly refusal: Refusal | null;
  /** A part of the Worker's code could not be had although the server is there: the page is older than its server. */
  readonly lacksCode: boolean;
  /** '' where all is well; else a `KnownProblem`, or the text of one that nobody has foreseen. */
  readonly problem: string;
}

/** Nothing will be trained any more unless the person does something. */
export function isOver({ phase }: DeviceState): boolean {
  return phase === 'left' || phase === 'ended' || phase === 'failed' || phase === 'refused';
}

/** The browser gave out no memory to train in; less of it, or another try, may do. */
export function isMemoryRefused({ phase, problem }: DeviceState): boolean {
  return phase === 'failed' && problem.startsWith('memoryRefused');
}

/** The state before anything has happened. */
export function initialDeviceState(options: DeviceOptions): DeviceState {
  return {
    phase: 'connecting',
    paused: false,
    held: '',
    pace: FULL_PACE,
    connected: false,
    retryAtMs: 0,
    waiting: null,
    run: options.run,
    deviceId: '',
    taskId: '',
    taskTitle: '',
    backend: '',
    backendRefusal: '',
    hasGpuFailed: false,
    budgetBytes: options.budgetBytes,
    deviceBytes: 0,
    allocatedBytes: 0,
    trainedShare: -1,
    layers: [],
    widthRatio: 1,
    version: 0,
    numDevices: 0,
    metric: 'accuracy',
    score: -1,
    samples: 0,
    isDemoShard: true,
    own: NO_OWN_DATA,
    step: 0,
    numSteps: 0,
    stepMs: 0,
    overruns: 0,
    updates: 0,
    refused: 0,
    lastStaleness: -1,
    losses: [],
    diverged: 0,
    bytesDown: 0,
    bytesUp: 0,
    resumes: 0,
    joinToFirstStepMs: -1,
    refusal: null,
    lacksCode: false,
    problem: '',
  };
}
