// The coordinator of one run: a deterministic state machine. Event in, effects out; same events, same state, same bytes.
// Knows nothing of sockets, files, clocks or browsers: time comes with the events, randomness from the seed.

import type { ModelSpec, Parameters } from '../../shared/engine/model.ts';
import type { RunConfig } from './config.ts';
import type { Effect, FederationEvent } from './events.ts';
import type { SelectScheme } from './selectScheme.ts';
import type { CoordinatorStatus } from './status.ts';

export interface CoordinatorDependencies {
  readonly config: RunConfig;
  readonly model: ModelSpec;
  readonly selectScheme: SelectScheme;
}

/** All of a coordinator's state. The arrays are immutable and shared with it: they may be written at leisure. */
export interface CoordinatorSnapshot {
  readonly json: string;
  /** Referred to by index from `json`. */
  readonly arrays: readonly Float32Array[];
}

export interface Coordinator {
  /**
   * Takes in one event and returns what follows from it, in order. Time O(devices), a server step aside. Never throws
   * for what a device sent. The coordinator keeps `delta` by reference: nobody may change it afterwards.
   */
  handle(event: FederationEvent): Effect[];
  /** `restoreCoordinator(snapshot)` and the events after it lead to the very same state. */
  snapshot(): CoordinatorSnapshot;
  status(): CoordinatorStatus;
  readonly version: number;
  /** The newest model; the arrays are immutable. */
  readonly parameters: Parameters;
  /** When `clockAdvanced` is wanted next (after a restart no `wakeAt` effect tells); null: not at all. */
  readonly wakeAtMs: number | null;
  /** The assignment that the device holds a lease on; '' if none. */
  openAssignment(deviceId: string): string;
  /** Devices that count as connected. After a restart each of them is to be reported lost. */
  connectedDevices(): string[];
}
