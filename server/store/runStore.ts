// One run's folder: config, journal, checkpoints and the files that people read.
// Knows nothing of what a state or an event means to the coordinator.
//
//     runs/<id>/  config.json (and .copy)  lock  acknowledged  journal/  checkpoints/  metrics.jsonl  evaluations.jsonl
//                 devices.jsonl  settings.json  model.safetensors  <metric>.svg  lost-<n>/ (what --accept-loss put aside)

import { join } from 'node:path';
import { openAcknowledged, type AcknowledgedFile } from './acknowledged.ts';
import { dropOldCheckpoints, encodeCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpointError.ts';
import type { Disk } from './disk.ts';
import { diskFaultOf } from './diskFault.ts';
import type { JournalEntry } from './journalEntry.ts';
import { openJournal } from './journal.ts';
import type { JsonLines } from './jsonLines.ts';
import { findRun, type RunReplay } from './foundRun.ts';
import type { Evaluation, StepLine } from './keptLines.ts';
import { acceptLoss, damagedError } from './loss.ts';
import { nodeDisk } from './nodeDisk.ts';
import { replaceUnsynced } from './replaceFile.ts';
import { checkpointFolder, journalFolder } from './runJournal.ts';
import { goOnWithLines } from './runLines.ts';
import { listSegments } from './segment.ts';

/** The older one, and the journal behind it, is what a damaged newest one falls back to. */
const KEPT_CHECKPOINTS = 2;

export interface RunStore {
  readonly folder: string;
  readonly metrics: JsonLines<StepLine>;
  readonly evaluations: JsonLines<Evaluation>;
  /** What whoever started the server is to be told, a sentence each. */
  readonly notes: readonly string[];
  /** Bytes journalled since the newest checkpoint. */
  readonly bytesSinceCheckpoint: number;
  /** As `Journal.append`: resolves in order when the entry is durable. */
  append(entry: JournalEntry, numAccepted: number): Promise<void>;
  /** Takes the state as it is now, writes it, and removes what it makes needless. */
  checkpoint(state: unknown): Promise<void>;
  /** Replaces a file of the folder as a whole. */
  writeFile(name: string, content: string | Uint8Array): void;
  close(): Promise<void>;
}

export interface RunStoreOptions {
  /** Default: this machine's. */
  readonly disk?: Disk | undefined;
  /** Goes on without what is damaged or missing, which is put aside. */
  readonly acceptsLoss?: boolean;
}

/**
 * Opens or creates the folder. The replay gets the newest whole checkpoint's state and the entries journalled after it;
 * only then does the journal go on. Throws CheckpointError `locked`, `damaged` or `unusable`.
 */
export async function openRunStore(
  folder: string,
  replay: RunReplay,
  { disk = nodeDisk, acceptsLoss = false }: RunStoreOptions = {},
): Promise<RunStore> {
  let unlock: (() => void) | null = null;
  try {
    const tightened = disk.makePrivateFolder(folder);
    unlock = disk.lock(folder);
    return await open(disk, folder, replay, acceptsLoss, tightened === null ? [] : [tightened], unlock);
  } catch (error) {
    unlock?.();
    const fault = diskFaultOf(error);
    if (fault === null) throw error;
    const message = `${folder} cannot be opened: ${fault.cause}; ${fault.remedy}`;
    throw new CheckpointError('unusable', message, { cause: error });
  }
}

/** `replay`: untouched. */
async function open(
  disk: Disk,
  folder: string,
  replay: RunReplay,
  acceptsLoss: boolean,
  notes: string[],
  unlock: () => void,
): Promise<RunStore> {
  const found = findRun(disk, folder, replay);
  const { journal: journalRead, paths, dueEvaluations } = found;
  let { evaluations: evaluationsRead, steps: stepsRead } = found;
  const damaged = damagedError(found);
  if (damaged !== null) {
    if (!acceptsLoss) throw damaged;
    const accepted = await acceptLoss(disk, found, replay);
    ({ evaluationsRead, stepsRead } = accepted);
    notes.push(...accepted.notes);
  } else if (acceptsLoss) {
    notes.push(`${folder} is whole: there was no loss to accept.`);
  }

  disk.makePrivateFolder(journalFolder(folder));
  disk.makePrivateFolder(checkpointFolder(folder));
  await removeHalfWritten(disk, folder);
  await removeHalfWritten(disk, checkpointFolder(folder));
  const next = journalRead?.next ?? 0;
  let file: AcknowledgedFile | null = null;
  const journal = await openJournal({
    disk,
    folder: journalFolder(folder),
    nextSequence: next,
    replayedBytes: bytesFrom(disk, folder, journalRead?.checkpoint ?? 0),
    onDurable: (acknowledged) => file!.note(acknowledged),
  });
  file = openAcknowledged(disk, folder, { entries: next, updates: replay.numAccepted() });
  const flush = () => Promise.all([steps.lines.flush(), scores.lines.flush(), file.flush()]);
  const steps = goOnWithLines(disk, paths.metrics, found.dueSteps(), stepsRead);
  const scores = goOnWithLines(disk, paths.evaluations, dueEvaluations, evaluationsRead);
  // Their names, too, are to be there after a power cut.
  await disk.syncFolder(folder);
  for (const line of scores.written) replay.onEvaluation(line);
  for (const line of steps.written) replay.onStep(line);

  return {
    folder,
    metrics: steps.lines,
    evaluations: scores.lines,
    notes,
    get bytesSinceCheckpoint() {
      return journal.segmentBytes;
    },
    append: journal.append,
    async checkpoint(state) {
      const bytes = encodeCheckpoint(state);
      const sequence = await journal.rotate();
      // Before the checkpoint nothing is ever replayed again: its lines must be on disk before it is.
      await flush();
      await writeCheckpoint(disk, checkpointFolder(folder), sequence, bytes);
      await journal.dropBefore(await dropOldCheckpoints(disk, checkpointFolder(folder), KEPT_CHECKPOINTS));
    },
    writeFile(name, content) {
      replaceUnsynced(disk, join(folder, name), content);
    },
    async close() {
      await journal.close();
      await flush();
      for (const each of [steps.lines, scores.lines, file]) each.close();
      unlock();
    },
  };
}

/** What a crash left of files that were being put in the place of others. */
async function removeHalfWritten(disk: Disk, folder: string): Promise<void> {
  for (const name of disk.names(folder)) if (name.endsWith('.part')) await disk.remove(join(folder, name));
}

function bytesFrom(disk: Disk, folder: string, sequence: number): number {
  return listSegments(disk, journalFolder(folder))
    .filter(({ firstSequence }) => firstSequence >= sequence)
    .reduce((sum, { path }) => sum + sizeOf(disk, path), 0);
}

function sizeOf(disk: Disk, path: string): number {
  const file = disk.open(path, 'read');
  try {
    return file.size();
  } finally {
    file.close();
  }
}
