// What the page and its Worker say to each other of the person's own data and of what is made of it: types only.
// Nothing of it is ever sent to the server; `deviceWorker.ts` offers `OwnDataApi` to the page.

import type { TaskInfo } from '../../shared/contract/messages.ts';
import type { OwnProblem } from './own/ownProblem.ts';

/** Samples as the task has them: `TaskInfo.inputs` decides the type of `inputs`. Arrays are handed over, not shared. */
export interface OwnSamples {
  readonly count: number;
  /** `[count, sampleSize]`, row-major; uint8 is staged by the task's scale and offset, float32 is taken as it is. */
  readonly inputs: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** `[count]`, class indices. */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** Which samples local work trains on. */
export type DataUse = 'demo' | 'both' | 'own';

/**
 * The personal model: the global one with its small last part fine-tuned on this device's own samples, within the same
 * budget, kept in the tab.
 */
export interface PersonalState {
  readonly phase: 'none' | 'training' | 'ready' | 'failed';
  /** 0 ... 1 while it trains. */
  readonly progress: number;
  /** Of the global model that it was made from. */
  readonly version: number;
  /** What was fine-tuned, in plain words for the page: `head` (the last layer) or `biases`. */
  readonly trains: 'head' | 'biases';
  /** Share of right answers on the held-out part of the own samples; -1 where there are none. */
  readonly globalAccuracy: number;
  readonly personalAccuracy: number;
  /** Why it could not be made. */
  readonly problem: OwnProblem | null;
}

/** Part of `DeviceState`. */
export interface OwnDataState {
  /** Own samples, those held out included. */
  readonly samples: number;
  /** Of these, kept out of all training: every fifth of a class. */
  readonly heldOut: number;
  /** Own samples of each class. */
  readonly perClass: readonly number[];
  readonly use: DataUse;
  /** They outlive the tab, in IndexedDB. */
  readonly isKept: boolean;
  /** Training for the run rests: the personal model is being made, or the try-out needs the budget for itself. */
  readonly isRunResting: boolean;
  /** Held for the personal model or the try-out: with `DeviceState.deviceBytes` within the budget. */
  readonly deviceBytes: number;
  /** Why the browser keeps the samples no longer; null where all is well. */
  readonly problem: OwnProblem | null;
  readonly personal: PersonalState;
}

/** Probabilities `[classes]` for one sample. */
export interface Prediction {
  /** Of the global model asked. */
  readonly version: number;
  readonly global: readonly number[];
  /** Null before there is a personal model. */
  readonly personal: readonly number[] | null;
}

/** What the page may ask of the Worker. All reject with an Error in plain words, named as an `OwnProblem` is; before the task is known, too. */
export interface OwnDataApi {
  /** The task of the run that this device has joined: what the page needs to make samples as the task has them. */
  ownTask(): Promise<TaskInfo>;
  /** Adds samples; local work trains on them from the next assignment on. */
  addOwn(samples: OwnSamples): Promise<void>;
  /** Takes back the newest sample. */
  removeNewestOwn(): Promise<void>;
  /** Deletes all of them and the personal model, from memory and from the browser's storage. */
  deleteOwn(): Promise<void>;
  setDataUse(use: DataUse): Promise<void>;
  /** Keeps own samples and personal model in the browser, or no more. */
  setOwnKept(isKept: boolean): Promise<void>;
  /** Fine-tunes (again) from the newest global model. Training for the run rests meanwhile: never are there two arenas. */
  trainPersonal(): Promise<void>;
  /** What the models say of one sample `[sampleSize]`. Within the budget; training for the run rests while it must. */
  predict(input: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Promise<Prediction>;
  /** The person has put the try-out away: what it held is freed, training for the run goes on at full. */
  stopPredicting(): Promise<void>;
}
