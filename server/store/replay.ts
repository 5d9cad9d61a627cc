// Replays a run's journal into a coordinator and a ledger, and keeps what of that must stand in the run's lists of lines.
// Knows nothing of files.

import type { Coordinator } from '../../shared/federation/coordinator.ts';
import type { CoordinatorSnapshot } from '../../shared/federation/snapshot.ts';
import type { Effect, StepRecord } from '../../shared/federation/events.ts';
import { CheckpointError } from './checkpointError.ts';
import type { RunReplay } from './foundRun.ts';
import type { JournalEntry } from './journalEntry.ts';
import { createLedger, enterInLedger, type Ledger } from './ledger.ts';
import { figuresOf, type Evaluation } from './keptLines.ts';

/** What a checkpoint holds. */
export interface RunState {
  readonly snapshot: CoordinatorSnapshot;
  readonly ledger: Ledger;
}

export interface ReplayOptions {
  readonly folder: string;
  readonly create: () => Coordinator;
  readonly restore: (snapshot: CoordinatorSnapshot) => Coordinator;
  /** Told each server step and each evaluation made before this opening, oldest first, as far as they are kept. */
  readonly onStep?: (step: StepRecord) => void;
  readonly onEvaluation?: (evaluation: Evaluation) => void;
}

export interface CoordinatorReplay {
  readonly replay: RunReplay;
  apply(entry: JournalEntry): readonly Effect[];
  numAccepted(): number;
  numSteps(): number;
  state(): { readonly coordinator: Coordinator; readonly ledger: Ledger };
}

export function createReplay(options: ReplayOptions): CoordinatorReplay {
  const { create, onStep = () => {}, onEvaluation = () => {} } = options;
  let coordinator!: Coordinator;
  let ledger!: Ledger;
  const steps: StepRecord[] = [];
  const evaluations: Evaluation[] = [];

  function apply(entry: JournalEntry): readonly Effect[] {
    const isOfCoordinator = entry.kind !== 'serverStarted' && entry.kind !== 'evaluated';
    const effects = isOfCoordinator ? coordinator.handle(entry) : [];
    enterInLedger(ledger, entry, effects);
    return effects;
  }

  const replay: RunReplay = {
    begin(state) {
      const checkpoint = state as RunState | null;
      coordinator = checkpoint === null ? create() : restoreOrTell(options, checkpoint.snapshot);
      ledger = checkpoint?.ledger ?? createLedger();
    },
    apply(entry) {
      if (entry.kind === 'evaluated') evaluations.push({ ...entry.result, atMs: entry.atMs });
      for (const effect of apply(entry)) if (effect.kind === 'stepped') steps.push(effect.record);
    },
    numAccepted: () => coordinator.numAccepted,
    dueEvaluations: () => ({
      least: ledger.evaluations - evaluations.length,
      replayed: evaluations,
      most: ledger.evaluations,
    }),
    dueSteps: (all) => ({
      least: coordinator.version - steps.length,
      most: coordinator.version,
      replayed: steps.map((record) => ({
        ...record,
        ...figuresOf(all.filter(({ version }) => version <= record.version).at(-1)),
      })),
      indexOf: ({ version }) => version - 1,
    }),
    onStep,
    onEvaluation,
    afterLoss() {
      // A device may hold blocks, an assignment or an answer of the time that is lost: it begins as a new one.
      for (const [deviceId, account] of ledger.devices) {
        if (!account.hasLeft) replay.apply({ kind: 'deviceLeft', atMs: ledger.atMs, deviceId });
        account.isForgotten = true;
      }
      return { snapshot: coordinator.snapshot(), ledger } satisfies RunState;
    },
  };
  return {
    replay,
    apply,
    numAccepted: () => coordinator.numAccepted,
    numSteps: () => steps.length,
    state: () => ({ coordinator, ledger }),
  };
}

function restoreOrTell({ folder, restore }: ReplayOptions, snapshot: CoordinatorSnapshot): Coordinator {
  try {
    return restore(snapshot);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `${folder} was written by another version of Minnow (${error.message}): go on with that version, or begin a new run`;
    throw new CheckpointError('format', message, { cause: error });
  }
}
