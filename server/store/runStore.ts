// One run's folder: config, journal, checkpoints and the files that people read.
// Knows nothing of what a state or an event means to the coordinator.
//
//     runs/<id>/  config.json  journal/  checkpoints/  metrics.jsonl  evaluations.jsonl  devices.jsonl
//                 model.safetensors  <metric>.svg

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationResult } from '../evaluate/evaluationMessages.ts';
import type { StepRecord } from '../federation/events.ts';
import { dropOldCheckpoints, encodeCheckpoint, readNewestCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { JournalEntry } from './journalEntry.ts';
import { openJournal, readJournal } from './journal.ts';
import { type JsonLines, openJsonLines } from './jsonLines.ts';
import { lockFolder } from './lockFolder.ts';

/** The older one is what a damaged newest one falls back to. */
const KEPT_CHECKPOINTS = 2;

/** A line of `metrics.jsonl`: the server step, and the newest held-out score and accuracy by then (-1: none yet). */
export interface StepLine extends StepRecord {
  readonly score: number;
  readonly accuracy: number;
}

/** A line of `evaluations.jsonl`. */
export interface Evaluation extends EvaluationResult {
  /** Milliseconds since the run began. */
  readonly atMs: number;
}

/** What the status and `metrics.jsonl` say of the newest evaluation; -1 before the first. */
export function figuresOf(newest: Evaluation | undefined): Pick<Evaluation, 'score' | 'accuracy'> {
  return { score: newest?.score ?? -1, accuracy: newest?.accuracy ?? -1 };
}

export interface RunStore {
  readonly folder: string;
  readonly metrics: JsonLines<StepLine>;
  readonly evaluations: JsonLines<Evaluation>;
  /** Bytes journalled since the newest checkpoint. */
  readonly bytesSinceCheckpoint: number;
  /** As `Journal.append`: resolves in order when the entry is durable. */
  append(entry: JournalEntry): Promise<void>;
  /** Takes the state as it is now, writes it, and removes what it makes needless. */
  checkpoint(state: unknown): Promise<void>;
  /** Replaces a file of the folder as a whole. */
  writeFile(name: string, content: string | Uint8Array): void;
  close(): Promise<void>;
}

/**
 * Opens or creates the folder. `restore` gets the newest whole checkpoint's state (null: none) and the entries
 * journalled after it, and must consume them all; only then does the journal go on.
 * Throws CheckpointError `locked` or `damaged`.
 */
export async function openRunStore(
  folder: string,
  restore: (state: unknown, entries: Iterable<JournalEntry>) => void,
): Promise<RunStore> {
  const journalFolder = join(folder, 'journal');
  const checkpointFolder = join(folder, 'checkpoints');
  mkdirSync(journalFolder, { recursive: true });
  mkdirSync(checkpointFolder, { recursive: true });
  const unlock = lockFolder(folder);

  const checkpoint = readNewestCheckpoint(checkpointFolder);
  let nextSequence = checkpoint?.sequence ?? 0;
  function* entries(): Generator<JournalEntry> {
    nextSequence = yield* readJournal(journalFolder, nextSequence);
  }
  restore(checkpoint?.state ?? null, entries());

  const journal = await openJournal(journalFolder, nextSequence);
  const metrics = openJsonLines<StepLine>(join(folder, 'metrics.jsonl'));
  const evaluations = openJsonLines<Evaluation>(join(folder, 'evaluations.jsonl'));

  return {
    folder,
    metrics,
    evaluations,
    get bytesSinceCheckpoint() {
      return journal.segmentBytes;
    },
    append: journal.append,
    async checkpoint(state) {
      const bytes = encodeCheckpoint(state);
      const sequence = await journal.rotate();
      // Steps before the checkpoint are never replayed again: their lines must be on disk before it is.
      await metrics.flush();
      await writeCheckpoint(checkpointFolder, sequence, bytes);
      await journal.dropBefore(await dropOldCheckpoints(checkpointFolder, KEPT_CHECKPOINTS));
    },
    writeFile(name, content) {
      const path = join(folder, name);
      writeFileSync(`${path}.part`, content);
      renameSync(`${path}.part`, path);
    },
    async close() {
      await journal.close();
      await metrics.flush();
      metrics.close();
      evaluations.close();
      unlock();
    },
  };
}
