// The lists of lines in a run's folder that follow from its journal: what they must hold is known, so that a line that a
// crash kept out is written again, and one that is lost is told.

import { basename, join } from 'node:path';
import type { Damage } from './damage.ts';
import { countOf } from './damage.ts';
import type { Disk } from './disk.ts';
import { openJsonLines, readJsonLines, type JsonLines, type LostLines } from './jsonLines.ts';
import { listParts } from './lineParts.ts';
import { writeAgain } from './writeAgain.ts';

/** What the journal says of a list. */
export interface DueLines<T> {
  /** At least so many are in the files: those before the checkpoint. */
  readonly least: number;
  /** Those behind it, which the replay has made again. */
  readonly replayed: readonly T[];
  /** At most so many there are. */
  readonly most: number;
  /** Where a line belongs by what it says; default: unknown. */
  readonly indexOf?: (line: T) => number;
}

export interface ReadLines {
  readonly numLines: number;
  readonly wholeBytes: number;
  readonly oldBytes: number;
  readonly damages: readonly Damage[];
  /** Lines of what the run has not made, or has lost; null: none. */
  readonly surplus: Damage | null;
  /** From here on lines are made again, as a power cut may have torn them; null: nowhere. */
  readonly madeAgain: Damage | null;
}

/** Tells `onLine` the lines that belong to the run. */
export function readRunLines<T extends object>(
  disk: Disk,
  path: string,
  { least, most, indexOf }: DueLines<T>,
  onLine: (line: T) => void,
): ReadLines {
  const tell = (line: T | LostLines, index: number): void => {
    if (index < most && !('lost' in line)) onLine(line);
  };
  const { numLines, damages, madeAgain, ...end } = readJsonLines<T>(disk, path, tell, indexOf, least);
  const lacking = `must have at least ${countOf(least, 'line')} and has ${numLines}`;
  const surplus = `has ${countOf(numLines, 'line')} where the run has made ${most}`;
  return {
    ...end,
    numLines,
    damages: numLines < least ? [...damages, { path, place: null, what: lacking }] : damages,
    surplus: numLines > most ? { path, place: null, what: surplus } : null,
    madeAgain,
  };
}

/** Goes on behind what was read without damage. Gives the lines that had to be written again. */
export function goOnWithLines<T extends object>(
  disk: Disk,
  path: string,
  { least, replayed }: DueLines<T>,
  { numLines, ...end }: Pick<ReadLines, 'numLines' | 'wholeBytes' | 'oldBytes'>,
): { readonly lines: JsonLines<T>; readonly written: readonly T[] } {
  const lines = openJsonLines<T>(disk, path, end);
  const written = missingLines({ least, replayed }, numLines);
  for (const line of written) lines.append(line);
  return { lines, written };
}

/** Of what the replay has made again, the lines that a crash kept out of the files. */
export function missingLines<T>(
  { least, replayed }: Pick<DueLines<T>, 'least' | 'replayed'>,
  numLines: number,
): readonly T[] {
  return replayed.slice(Math.max(0, numLines - least));
}

/** Brings the list to the disk as it is: nothing before a checkpoint is ever made again. */
export async function syncLines(
  disk: Disk,
  path: string,
  { wholeBytes, oldBytes }: ReadLines,
): Promise<void> {
  if (!disk.exists(path)) return;
  const file = disk.open(path, 'change');
  try {
    writeAgain(file, oldBytes, wholeBytes);
    await file.sync();
  } finally {
    file.close();
  }
}

/** Moves the list to `aside` and leaves what of it is sound and belongs to the run, with a mark for what is lost. */
export async function saveSoundLines<T extends object>(
  disk: Disk,
  path: string,
  due: DueLines<T>,
  aside: string,
): Promise<ReadLines> {
  const old = join(aside, basename(path));
  disk.makePrivateFolder(aside);
  for (const part of listParts(disk, path)) {
    try {
      disk.rename(part, join(aside, basename(part)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  const lines = openJsonLines<T | LostLines>(disk, path, { wholeBytes: 0, oldBytes: 0 });
  const { numLines } = readJsonLines<T>(
    disk,
    old,
    (line, index) => {
      if (index >= due.most) return;
      lines.append('lost' in line ? { lost: Math.min(line.lost, due.most - index) } : line);
    },
    due.indexOf,
  );
  if (numLines < due.least) lines.append({ lost: due.least - numLines });
  await lines.flush();
  lines.close();
  return readRunLines(disk, path, due, () => {});
}
