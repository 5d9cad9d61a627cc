// Reads what a run's state follows from: newest whole checkpoint, journal behind it, and how far it was acknowledged.
// Changes nothing on the disk. Knows nothing of what states and entries mean: whoever replays them is handed in.

import { join } from 'node:path';
import { acknowledgedPath, readAcknowledged } from './acknowledged.ts';
import { listCheckpoints, readNewestCheckpoint } from './checkpoint.ts';
import { countOf, type Damage } from './damage.ts';
import type { Disk } from './disk.ts';
import { readJournal } from './journal.ts';
import type { JournalEntry } from './journalEntry.ts';
import { listSegments } from './segment.ts';

export interface Replay {
  /** Of a checkpoint; null: there is none. */
  begin(state: unknown): void;
  apply(entry: JournalEntry): void;
  /** Updates accepted so far in the life of the run. */
  numAccepted(): number;
}

export interface ReadRunJournal {
  /** Number of the entry that comes next. */
  readonly next: number;
  /** Where the replay began. */
  readonly checkpoint: number;
  /** Acknowledged updates; null: it cannot be told. */
  readonly acknowledged: number | null;
  /** How many of them are lost; null: it cannot be told. */
  readonly lost: number | null;
  /** Empty: all that was acknowledged is here. */
  readonly damages: readonly Damage[];
  /** Checkpoints that cannot be read, whether or not that matters. */
  readonly unreadable: readonly string[];
}

export const journalFolder = (folder: string): string => join(folder, 'journal');
export const checkpointFolder = (folder: string): string => join(folder, 'checkpoints');

/** Whether nothing was ever journalled in the folder. */
export function isNewRun(disk: Disk, folder: string): boolean {
  return (
    readAcknowledged(disk, folder).isMissing &&
    listSegments(disk, journalFolder(folder)).length === 0 &&
    listCheckpoints(disk, checkpointFolder(folder)).length === 0
  );
}

export function readRunJournal(disk: Disk, folder: string, replay: Replay): ReadRunJournal {
  const { value: acknowledged, isMissing } = readAcknowledged(disk, folder);
  const { newest, unreadable } = readNewestCheckpoint(disk, checkpointFolder(folder));
  const checkpoint = newest?.sequence ?? 0;
  replay.begin(newest?.state ?? null);

  let sequence = checkpoint;
  /** Accepted updates of the replay where the acknowledged ones end. */
  let acceptedThere = sequence === acknowledged?.entries ? replay.numAccepted() : null;
  const entries = readJournal(disk, journalFolder(folder), checkpoint);
  let step = entries.next();
  for (; !step.done; step = entries.next()) {
    replay.apply(step.value);
    if (++sequence === acknowledged?.entries) acceptedThere = replay.numAccepted();
  }
  const { next, damage } = step.value;
  const accepted = replay.numAccepted();
  const found = { next, checkpoint, unreadable };
  const unreadableOnes = unreadable.map((path): Damage => ({ path, place: null, what: 'is damaged' }));

  if (acknowledged === null) {
    const what = isMissing ? 'is missing' : 'is damaged';
    const damages = [{ path: acknowledgedPath(folder), place: null, what }, ...(damage ? [damage] : [])];
    return { ...found, acknowledged: null, lost: null, damages };
  }
  const { updates } = acknowledged;
  if (next < acknowledged.entries) {
    const cutOff = {
      path: journalFolder(folder),
      place: null,
      what: `ends with entry ${next - 1}, and ${countOf(acknowledged.entries, 'entry').replace('entrys', 'entries')} were acknowledged`,
    };
    const lost = Math.max(0, updates - accepted);
    return { ...found, acknowledged: updates, lost, damages: [damage ?? cutOff, ...unreadableOnes] };
  }
  if (acceptedThere !== null && acceptedThere !== updates) {
    const what = `is read by this version as ${countOf(acceptedThere, 'accepted update')}, and ${updates} were acknowledged`;
    const lost = Math.max(0, updates - acceptedThere);
    const damages = [{ path: journalFolder(folder), place: null, what }, ...unreadableOnes];
    return { ...found, acknowledged: updates, lost, damages };
  }
  return { ...found, acknowledged: updates, lost: 0, damages: [] };
}
