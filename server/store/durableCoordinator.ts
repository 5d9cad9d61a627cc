// A coordinator whose events are on disk before anything of them is told to the outside.
// Knows nothing of devices' connections; the clock is the run's own and stands still while no server is up.
//
// Safety: an effect is handed out only after its event, and all events before it, are durable.
// Liveness: every event handed in comes out again unless the disk fails, and then all later ones are refused.

import type { Coordinator, CoordinatorSnapshot } from '../federation/coordinator.ts';
import type { Effect, FederationEvent, StepRecord } from '../federation/events.ts';
import { journalForm } from '../federation/refusedUpdate.ts';
import type { JournalEntry } from './journalEntry.ts';
import { createLedger, enterInLedger, type Ledger } from './ledger.ts';
import { figuresOf, openRunStore, type RunStore } from './runStore.ts';

/** An event whose time is filled in when it is handed in. */
export type UntimedEvent = FederationEvent extends infer E
  ? E extends FederationEvent
    ? Omit<E, 'atMs'>
    : never
  : never;

export interface DurableCoordinator {
  readonly coordinator: Coordinator;
  readonly ledger: Ledger;
  readonly store: RunStore;
  /** All server steps made before this opening. */
  readonly pastSteps: readonly StepRecord[];
  /** Milliseconds since the run began, time without a server left out; never goes back, restarts included. */
  nowMs(): number;
  /**
   * Handles the event now, at the run's present time. Resolves in the order of the calls, when the event is durable,
   * with what may now be done. Rejects with CheckpointError `writeFailed` when the disk refuses.
   */
  handle(event: UntimedEvent): Promise<readonly Effect[]>;
  /** Writes the present state, so that a restart need not replay what led to it. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

export interface DurableCoordinatorOptions {
  readonly folder: string;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly create: () => Coordinator;
  readonly restore: (snapshot: CoordinatorSnapshot) => Coordinator;
  /** Told the state after the replay, before anything is added to it. */
  readonly onRestored?: (state: RunState) => void;
}

/** What a checkpoint holds. */
export interface RunState {
  readonly snapshot: CoordinatorSnapshot;
  readonly ledger: Ledger;
}

/**
 * Opens the run kept in the folder, or begins one: newest whole checkpoint, then replay of what was journalled after
 * it. Effects of the replay are discarded, but for lines of `metrics.jsonl` that a crash kept from being written.
 * All devices are then reported lost: they come back by themselves and keep their leases meanwhile.
 */
export async function openDurableCoordinator(
  options: DurableCoordinatorOptions,
): Promise<DurableCoordinator> {
  const { folder, clock, create, restore } = options;
  let coordinator!: Coordinator;
  let ledger!: Ledger;
  const replayedSteps: StepRecord[] = [];

  function apply(entry: JournalEntry): readonly Effect[] {
    const effects = entry.kind === 'serverStarted' ? [] : coordinator.handle(entry);
    enterInLedger(ledger, entry, effects);
    return effects;
  }

  const store = await openRunStore(folder, (state, entries) => {
    const checkpoint = state as RunState | null;
    coordinator = checkpoint === null ? create() : restore(checkpoint.snapshot);
    ledger = checkpoint?.ledger ?? createLedger();
    for (const entry of entries) {
      for (const effect of apply(entry)) {
        if (effect.kind === 'stepped') replayedSteps.push(effect.record);
      }
    }
  });
  options.onRestored?.({ snapshot: coordinator.snapshot(), ledger });
  const pastSteps = [...store.metrics.restored, ...writeMissingLines(store, replayedSteps)];

  const clockAtOpening = clock();
  const runAtOpeningMs = ledger.atMs;
  const nowMs = (): number => Math.max(ledger.atMs, Math.floor(runAtOpeningMs + clock() - clockAtOpening));

  async function enter(entry: JournalEntry): Promise<readonly Effect[]> {
    const effects = apply(entry);
    await store.append(journalForm(entry, effects));
    return effects;
  }

  await enter({ kind: 'serverStarted', atMs: nowMs() });
  for (const deviceId of coordinator.connectedDevices()) {
    await enter({ kind: 'deviceLost', atMs: nowMs(), deviceId });
  }

  return {
    coordinator,
    ledger,
    store,
    pastSteps,
    nowMs,
    handle: (event) => enter({ ...event, atMs: nowMs() }),
    checkpoint: () => store.checkpoint({ snapshot: coordinator.snapshot(), ledger } satisfies RunState),
    close: () => store.close(),
  };
}

/** Gives the steps whose lines were missing. */
function writeMissingLines(store: RunStore, steps: readonly StepRecord[]): readonly StepRecord[] {
  const lastVersion = store.metrics.restored.at(-1)?.version ?? 0;
  const missing = steps.filter(({ version }) => version > lastVersion);
  for (const record of missing) {
    const evaluation = store.evaluations.restored.filter(({ version }) => version <= record.version).at(-1);
    store.metrics.append({ ...record, ...figuresOf(evaluation) });
  }
  return missing;
}
