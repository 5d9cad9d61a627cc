// What a device is handed by its Worker, or by a test, and the state that its own parts share: types only.

import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { Clock } from '../../shared/localWork/clock.ts';
import type { BlockStore } from './blockStore.ts';
import type { DeviceState } from './deviceState.ts';
import type { OwnParts } from './own/ownLink.ts';
import type { Session, SessionEvents } from './session.ts';

export interface DeviceParts {
  readonly openSession: (address: string, events: SessionEvents, code?: string) => Session;
  readonly createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>;
  /** Once the newest trainer has trained, a new one may be faster; default: no. */
  readonly isTrainerProvisional?: () => boolean;
  /** What the browser keeps of a device's blocks; default: nothing. */
  readonly openBlockStore?: (
    deviceId: string,
    isResumed: boolean,
  ) => Promise<BlockStore | null> | BlockStore | null;
  /** The person's own samples; default: none can be added. */
  readonly own?: OwnParts;
  readonly clock: Clock;
  /** What to tell the server before the first plan, e.g. `auto`. */
  readonly backend: string;
  /** Why the newest trainer is not of the backend that was asked for; '' where it is. */
  readonly backendRefusal: () => string;
  /** Called when the GPU has failed: `createTrainer` gives WebAssembly from then on. */
  readonly giveUpGpu: () => void;
  /** Asked where a part of the Worker's code could not be had; default: no. Never rejects. */
  readonly isServerThere?: () => Promise<boolean>;
  readonly browser: string;
  readonly cores: number;
  /** Milliseconds since the page was opened. */
  readonly sinceOpenedMs: () => number;
  /** Called at each change; the state is a new object. */
  readonly changed: (state: DeviceState) => void;
  /** A token to resume by; '' when there is nothing to resume any more. */
  readonly tokenIssued: (token: string) => void;
}

/** A device's state, which one part shows and another reads. */
export interface ShownState {
  /** Replaced at each change, never changed. */
  readonly state: DeviceState;
  show(change: Partial<DeviceState>): void;
}
