// A coordinator whose events are on disk before anything of them is told to the outside.
// Knows nothing of devices' connections; the clock is the run's own and stands still while no server is up.
//
// Safety: an effect is handed out only after its event, and all events before it, are durable.
// Liveness: every event handed in comes out again unless the disk fails, and then all later ones are refused.

import type { Coordinator } from '../../shared/federation/coordinator.ts';
import type { EvaluationResult } from '../../shared/evaluate/evaluationMessages.ts';
import type { Effect, FederationEvent } from '../../shared/federation/events.ts';
import { journalForm } from '../../shared/federation/refusedUpdate.ts';
import type { Disk } from './disk.ts';
import type { JournalEntry } from './journalEntry.ts';
import type { Ledger } from './ledger.ts';
import { createReplay, type ReplayOptions, type RunState } from './replay.ts';
import { openRunStore, type RunStore } from './runStore.ts';
import type { Evaluation } from './keptLines.ts';

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
  /** Server steps since the newest checkpoint that were made again by the replay. */
  readonly numReplayedSteps: number;
  /** Milliseconds since the run began, time without a server left out; never goes back, restarts included. */
  nowMs(): number;
  /**
   * Handles the event now, at the run's present time. Resolves in the order of the calls, when the event is durable,
   * with what may now be done. Rejects with CheckpointError `writeFailed` when the disk refuses.
   */
  handle(event: UntimedEvent): Promise<readonly Effect[]>;
  /** Keeps what a version was found to be worth; resolves when that is durable. Rejects as `handle` does. */
  noteEvaluation(result: EvaluationResult): Promise<Evaluation>;
  /** Writes the present state, so that a restart need not replay what led to it. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

export interface DurableCoordinatorOptions extends ReplayOptions {
  /** Default: this machine's. */
  readonly disk?: Disk | undefined;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Goes on without what is damaged or missing. */
  readonly acceptsLoss?: boolean;
  /** Told the state after the replay, before anything is added to it. */
  readonly onRestored?: (state: RunState) => void;
}

/**
 * Opens the run kept in the folder, or begins one: newest whole checkpoint, then replay of what was journalled after
 * it. Effects of the replay are discarded, but for lines that a crash kept from being written.
 * All devices are then reported lost: they come back by themselves and keep their leases meanwhile.
 * Throws CheckpointError where the folder cannot be gone on with.
 */
export async function openDurableCoordinator(
  options: DurableCoordinatorOptions,
): Promise<DurableCoordinator> {
  const { folder, clock } = options;
  const run = createReplay(options);
  const { disk, acceptsLoss = false } = options;
  const store = await openRunStore(folder, run.replay, { disk, acceptsLoss });
  const { coordinator, ledger } = run.state();
  options.onRestored?.({ snapshot: coordinator.snapshot(), ledger });

  const clockAtOpening = clock();
  const runAtOpeningMs = ledger.atMs;
  const nowMs = (): number => Math.max(ledger.atMs, Math.floor(runAtOpeningMs + clock() - clockAtOpening));

  async function enter(entry: JournalEntry): Promise<readonly Effect[]> {
    const effects = run.apply(entry);
    await store.append(journalForm(entry, effects), run.numAccepted());
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
    numReplayedSteps: run.numSteps(),
    nowMs,
    handle: (event) => enter({ ...event, atMs: nowMs() }),
    async noteEvaluation(result) {
      const atMs = nowMs();
      await enter({ kind: 'evaluated', atMs, result });
      return { ...result, atMs };
    },
    checkpoint: () => store.checkpoint({ snapshot: coordinator.snapshot(), ledger } satisfies RunState),
    close: () => store.close(),
  };
}
