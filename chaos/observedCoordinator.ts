// A coordinator under observation: what it has counted is written down beside it, in the live run and in each replay, by who
// knows nothing of journals and checkpoints. What is written down goes with each snapshot.

import type { Strategy } from '../shared/federation/config.ts';
import type { Coordinator } from '../shared/federation/coordinator.ts';
import type { CoordinatorSnapshot } from '../shared/federation/snapshot.ts';
import type { Effect, FederationEvent, StepRecord } from '../shared/federation/events.ts';
import type { Parameters } from '../shared/engine/model.ts';
import type { Invariants } from './invariants.ts';

interface Buffered {
  readonly assignmentId: string;
  readonly deviceId: string;
  readonly delta: ArrayBufferView;
}

/** What is written down of one coordinator. */
export interface CountedUpdate {
  /** Assignments whose updates were taken in. */
  readonly counted: Set<string>;
  /** Those that wait for the step, in their order. */
  buffered: Buffered[];
  version: number;
  parameters: Parameters;
  /** Of the newest event, in the run's time. */
  atMs: number;
  /** When each assignment was given out, in the run's time. */
  readonly givenAtMs: Map<string, number>;
}

export interface Watch {
  /** Events handled by all coordinators. */
  readonly numEvents: number;
  /** Of the newest coordinator. */
  readonly record: CountedUpdate;
  begin(coordinator: Coordinator): Coordinator;
  /** Throws nothing: a snapshot that never was is told to the invariants. */
  goOn(snapshot: CoordinatorSnapshot, coordinator: Coordinator): Coordinator;
}

/** Where a step adds the mean of its deltas, weighed by samples and weight, and nothing else. */
export type Mean = Pick<Strategy, 'serverLearningRate' | 'maxSamples'>;

/** More snapshots are never gone back to. */
const MOST_SNAPSHOTS = 64;

/** `mean`: null where a step is more than that. */
export function createWatch(invariants: Invariants, mean: Mean | null): Watch {
  const snapshots = new Map<string, CountedUpdate>();
  let newest: CountedUpdate | null = null;
  let numEvents = 0;

  function observe(coordinator: Coordinator, record: CountedUpdate): Coordinator {
    newest = record;
    const observed = {
      handle(event: FederationEvent): Effect[] {
        const effects = coordinator.handle(event);
        record.atMs = event.atMs;
        numEvents++;
        for (const effect of effects) take(record, event, effect);
        return effects;
      },
      snapshot(): CoordinatorSnapshot {
        const snapshot = coordinator.snapshot();
        snapshots.set(snapshot.json, copyOf(record));
        const [oldest] = snapshots.keys();
        if (snapshots.size > MOST_SNAPSHOTS) snapshots.delete(oldest!);
        return snapshot;
      },
    };
    return Object.assign(Object.create(coordinator) as Coordinator, observed);
  }

  function take(record: CountedUpdate, event: FederationEvent, effect: Effect): void {
    switch (effect.kind) {
      case 'assign':
        record.givenAtMs.set(effect.order.assignmentId, event.atMs);
        return;
      case 'answerUpdate': {
        const { assignmentId, deviceId, outcome } = effect;
        if (!outcome.accepted) return;
        const isKnown = record.counted.has(assignmentId);
        if (outcome.duplicate !== isKnown)
          invariants.broken(
            'countsOnce',
            `${assignmentId} is ${isKnown ? 'taken in twice' : 'a repetition of nothing'}`,
          );
        if (isKnown || event.kind !== 'updateReceived') return;
        record.counted.add(assignmentId);
        record.buffered.push({ assignmentId, deviceId, delta: event.delta });
        return;
      }
      case 'stepped':
        return takeStep(record, effect.record, effect.parameters);
      default:
        return;
    }
  }

  function takeStep(record: CountedUpdate, step: StepRecord, parameters: Parameters): void {
    const stepped = record.buffered.map(({ deviceId }) => deviceId).join();
    const told = step.updates.map(({ deviceId }) => deviceId).join();
    if (stepped !== told)
      invariants.broken('countsOnce', `step ${step.version} is of ${told}, and ${stepped} waited`);
    if (step.version !== record.version + 1)
      invariants.broken('versionNeverGoesBack', `step ${step.version} comes after version ${record.version}`);
    if (mean !== null) {
      const expected = stepOf(record, step, mean);
      if (!isNear(expected, parameters))
        invariants.broken(
          'countsOnce',
          `step ${step.version} is not the mean of its ${step.updates.length} updates`,
        );
    }
    record.buffered = [];
    record.version = step.version;
    record.parameters = parameters;
  }

  return {
    get numEvents() {
      return numEvents;
    },
    get record() {
      if (newest === null) throw new Error('internal: no coordinator has begun');
      return newest;
    },
    begin: (coordinator) =>
      observe(coordinator, {
        counted: new Set(),
        buffered: [],
        version: 0,
        parameters: coordinator.parameters,
        atMs: 0,
        givenAtMs: new Map(),
      }),
    goOn(snapshot, coordinator) {
      const record = snapshots.get(snapshot.json);
      if (record === undefined)
        invariants.broken('restoredAsItWas', 'a checkpoint holds a state that never was');
      return observe(coordinator, copyOf(record ?? newest!));
    },
  };
}

function copyOf(record: CountedUpdate): CountedUpdate {
  return {
    ...record,
    counted: new Set(record.counted),
    buffered: [...record.buffered],
    givenAtMs: new Map(record.givenAtMs),
  };
}

/** w + eta * sum of n s delta / sum of n: all of the model, float32 deltas. */
function stepOf(record: CountedUpdate, step: StepRecord, { serverLearningRate, maxSamples }: Mean): number[] {
  const values = record.parameters.flatMap((tensor) => [...tensor]);
  const counts = step.updates.map(({ samples }) => Math.min(samples, maxSamples));
  const numSamples = counts.reduce((sum, count) => sum + count, 0);
  for (const [k, { weight }] of step.updates.entries()) {
    const { delta } = record.buffered[k]!;
    const deltas = new DataView(delta.buffer, delta.byteOffset, delta.byteLength);
    for (let i = 0; i < values.length; i++)
      values[i]! += (serverLearningRate * counts[k]! * weight * deltas.getFloat32(4 * i, true)) / numSamples;
  }
  return values;
}

const TOLERANCE = 1e-4;

function isNear(expected: readonly number[], parameters: Parameters): boolean {
  const values = parameters.flatMap((tensor) => [...tensor]);
  return values.every(
    (value, i) => Math.abs(value - expected[i]!) <= TOLERANCE * (1 + Math.abs(expected[i]!)),
  );
}
