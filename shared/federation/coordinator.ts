// The coordinator of one run: a deterministic state machine. Event in, effects out; same events, same state, same bytes.
// Knows nothing of sockets, files, clocks or browsers: time comes with the events, randomness from the seed.

import { parametersOf, type ModelSpec, type Parameters } from '../engine/model.ts';
import type { Census } from './census.ts';
import { checkConfig } from './checkConfig.ts';
import type { RunConfig, Strategy } from './config.ts';
import { dispatch } from './dispatch.ts';
import type { Effect, FederationEvent } from './events.ts';
import { noteDiverged, repeatRefusal, takeUpdate } from './intake.ts';
import { expireDueLeases, passDuePlaces } from './leases.ts';
import { departDueDevices, joinDevice, leaveDevice, loseDevice, makeReady } from './presence.ts';
import {
  admitDueDevices,
  askForDueSearch,
  exemptDevice,
  relaxDueChoice,
  takeFoundScheme,
} from './schemeChoice.ts';
import { takeProbe } from './probeIntake.ts';
import type { OwnRules } from './own/ownStrategy.ts';
import type { ProbePlanner } from './probePlanner.ts';
import type { PrecisionsOf, SelectScheme } from './selectScheme.ts';
import { serverBytesOf, type ServerBytes } from './serverBytes.ts';
import { withSettings } from './settings.ts';
import { takeUpSettings } from './settingsChange.ts';
import { snapshotToState, stateToSnapshot, type CoordinatorSnapshot } from './snapshot.ts';
import { initialState, type CoordinatorContext, type CoordinatorState } from './state.ts';
import type { SchemeSearch } from './schemeSearch.ts';
import type { CoordinatorStatus } from './status.ts';
import { modelOf } from './stepBlocks.ts';
import { stepIfDue } from './stepping.ts';
import { viewStatus, openAssignmentId } from './viewStatus.ts';
import { askForWakeUp } from './wakeUp.ts';

export interface CoordinatorDependencies {
  readonly config: RunConfig;
  readonly model: ModelSpec;
  readonly selectScheme: SelectScheme;
  /** Default: all in float32. */
  readonly precisionsOf?: PrecisionsOf;
  /** Somebody answers `searchScheme` effects; default: none are given. */
  readonly hasSearch?: boolean;
  /** Asked where the run's contributions come from probes; default: none are given out. */
  readonly probePlanner?: ProbePlanner;
  /** Functions of the strategy, where it is code. */
  readonly rules?: OwnRules | undefined;
}

export interface Coordinator {
  /** With the settings as they stand. */
  readonly config: RunConfig;
  /**
   * Takes in one event and returns what follows from it, in order. Time O(devices), a server step aside. Never throws
   * for what a device sent. The coordinator keeps `delta` by reference: nobody may change it afterwards.
   */
  handle(event: FederationEvent): Effect[];
  /** `restoreCoordinator(snapshot)` and the events after it lead to the very same state. */
  snapshot(): CoordinatorSnapshot;
  status(): CoordinatorStatus;
  readonly version: number;
  /** Updates accepted in the life of the run. */
  readonly numAccepted: number;
  /** The newest model, or by the strategy the mean of the last ones; the arrays are immutable. */
  readonly parameters: Parameters;
  /** Held at present. */
  serverBytes(): ServerBytes;
  /** When `clockAdvanced` is wanted next (after a restart no `wakeAt` effect tells); null: not at all. */
  readonly wakeAtMs: number | null;
  /** The search that was asked for and has not been answered (after a restart no effect tells); null: none. */
  readonly searching: SchemeSearch | null;
  /** The assignment that the device holds a lease on; '' if none. */
  openAssignment(deviceId: string): string;
  /** Who takes part, by kind. */
  readonly census: Pick<Census, 'numHere' | 'numAlike'>;
  /** Devices that count as connected. After a restart each of them is to be reported lost. */
  connectedDevices(): string[];
}

/**
 * A coordinator at version 0 of the given parameters, which it keeps by reference. Throws RangeError for a
 * configuration that cannot work or parameters that are not the model's.
 */
export function createCoordinator(
  dependencies: CoordinatorDependencies & { readonly parameters: Parameters },
): Coordinator {
  const { config, model, parameters } = dependencies;
  checkConfig(config);
  const specs = parametersOf(model);
  if (parameters.length !== specs.length)
    throw new RangeError(`parameters must be ${specs.length} tensors, got ${parameters.length}`);
  specs.forEach(({ name, size }, tensor) => {
    if (parameters[tensor]!.length !== size)
      throw new RangeError(`tensor ${name} must have ${size} elements, got ${parameters[tensor]!.length}`);
  });
  return coordinatorOf(dependencies, initialState(config, parameters));
}

/** The coordinator that the snapshot was taken of, given the same dependencies. Throws RangeError for one of another model. */
export function restoreCoordinator(
  snapshot: CoordinatorSnapshot,
  dependencies: CoordinatorDependencies,
): Coordinator {
  checkConfig(dependencies.config);
  return coordinatorOf(dependencies, snapshotToState(snapshot, dependencies.model));
}

function coordinatorOf(
  {
    config,
    model,
    selectScheme,
    precisionsOf,
    hasSearch = false,
    probePlanner,
    rules,
  }: CoordinatorDependencies,
  state: CoordinatorState,
): Coordinator {
  const parameterSpecs = parametersOf(model);
  ownOf(state.settings.strategy, rules);
  const unchanging = {
    model,
    parameterSpecs,
    selectScheme,
    probePlanner: (config.contributions.kind === 'probes' && probePlanner) || null,
    precisionsOf: precisionsOf ?? (() => parameterSpecs.map(() => 'float32' as const)),
    state,
  };
  /** By the settings of the moment. */
  function contextFor(effects: Effect[]): CoordinatorContext {
    const { subset, strategy } = state.settings;
    return {
      ...unchanging,
      config: withSettings(config, state.settings),
      hasSearch: hasSearch && subset.kind !== 'full',
      own: ownOf(strategy, rules),
      effects,
    };
  }
  return {
    get config() {
      return withSettings(config, state.settings);
    },
    handle(event) {
      const before = state.settings;
      let context = contextFor([]);
      state.nowMs = Math.max(state.nowMs, event.atMs);
      settleDue(context);
      if (event.kind === 'settingsChanged') {
        state.settings = event.settings;
        context = contextFor(context.effects);
        takeUpSettings(context, before);
        state.divergedInARow = 0;
      } else {
        takeIn(context, event);
      }
      stepIfDue(context);
      dispatch(context);
      askForDueSearch(context);
      askForWakeUp(context);
      return context.effects;
    },
    snapshot: () => stateToSnapshot(state),
    status: () => viewStatus(contextFor([])),
    get version() {
      return state.version;
    },
    get numAccepted() {
      return state.accepted;
    },
    get parameters() {
      return modelOf(state.blocks);
    },
    serverBytes: () => serverBytesOf(state),
    get wakeAtMs() {
      return state.wakeAtMs;
    },
    get searching() {
      return state.searching;
    },
    census: state.census,
    openAssignment: (deviceId) => openAssignmentId(config, state.devices.get(deviceId)),
    connectedDevices: () =>
      [...state.devices.values()]
        .filter(({ presence }) => presence === 'connected')
        .map(({ deviceId }) => deviceId),
  };
}

/** Throws RangeError where the strategy is code that nobody has loaded. */
function ownOf({ name, code, form, optimizer }: Strategy, rules: OwnRules | undefined): OwnRules | null {
  if (code === '') return null;
  if (rules?.combine && (form !== 'delta' || optimizer.kind !== 'plain'))
    throw new RangeError(
      `strategy "${name}" combines by itself: its form must be delta and its optimizer plain, got ${form} and ${optimizer.kind}`,
    );
  if (rules) return rules;
  throw new RangeError(
    `strategy "${name}" is code, which is read from its file alone: name its FILE.ts or FILE.js`,
  );
}

/** Does whatever was due before the event at hand. */
function settleDue(context: CoordinatorContext): void {
  passDuePlaces(context.state);
  expireDueLeases(context.state);
  departDueDevices(context);
  relaxDueChoice(context);
  admitDueDevices(context);
  stepIfDue(context);
}

function takeIn(
  context: CoordinatorContext,
  event: Exclude<FederationEvent, { kind: 'settingsChanged' }>,
): void {
  switch (event.kind) {
    case 'deviceJoined':
      return joinDevice(context, event);
    case 'deviceReady':
      if (event.diverged) noteDiverged(context, event.deviceId);
      return makeReady(context, event.deviceId, event);
    case 'deviceLost':
      return loseDevice(context, event.deviceId);
    case 'deviceExempted':
      return exemptDevice(context, event.deviceId, event.isExempt);
    case 'deviceLeft':
    case 'deviceRemoved':
      return leaveDevice(context, event.deviceId);
    case 'updateReceived':
      return takeUpdate(context, event);
    case 'updateRefused':
      return repeatRefusal(context, event);
    case 'probeReceived':
      return takeProbe(context, event);
    case 'schemeFound':
      return takeFoundScheme(context, event);
    case 'clockAdvanced':
      return undefined;
    default:
      return unknownEvent(event);
  }
}

function unknownEvent(event: never): never {
  throw new Error(`internal: event ${JSON.stringify(event)}`);
}
