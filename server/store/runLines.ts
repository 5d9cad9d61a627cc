// The lists of lines in a run's folder that follow from its journal: what they must hold is known, so that a line that a
// crash kept out is written again, and one that is lost is told.

import { mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Damage } from './damage.ts';
import { countOf } from './damage.ts';
import { type JsonLines, type LostLines, openJsonLines, readJsonLines } from './jsonLines.ts';
import { listParts } from './lineParts.ts';

/** What the journal says of a list. */
export interface DueLines<T> {
  /** All that there are in the life of the run. */
  readonly total: number;
  /** The newest of them, which the replay has made again. */
  readonly replayed: readonly T[];
  /** Where a line belongs by what it says; default: unknown. */
  readonly indexOf?: (line: T) => number;
}

export interface ReadLines {
  readonly numLines: number;
  readonly wholeBytes: number;
  readonly damages: readonly Damage[];
}

/** Tells `onLine` the lines that belong to the run. */
export function readRunLines<T extends object>(
  path: string,
  { total, replayed, indexOf }: DueLines<T>,
  onLine: (line: T) => void,
): ReadLines {
  const tell = (line: T | LostLines, index: number): void => {
    if (index < total && !('lost' in line)) onLine(line);
  };
  const { numLines, wholeBytes, damages } = readJsonLines<T>(path, tell, indexOf);
  const least = total - replayed.length;
  const wrong = (what: string): Damage[] => [{ path, place: null, what }];
  const more = [
    ...(numLines < least ? wrong(`must have at least ${countOf(least, 'line')} and has ${numLines}`) : []),
    ...(numLines > total ? wrong(`has ${countOf(numLines, 'line')} where the run has made ${total}`) : []),
  ];
  return { numLines, wholeBytes, damages: [...damages, ...more] };
}

/** Goes on behind what was read without damage. Gives the lines that had to be written again. */
export function goOnWithLines<T extends object>(
  path: string,
  { total, replayed }: DueLines<T>,
  { numLines, wholeBytes }: ReadLines,
): { readonly lines: JsonLines<T>; readonly written: readonly T[] } {
  const lines = openJsonLines<T>(path, wholeBytes);
  const written = replayed.slice(Math.max(0, numLines - (total - replayed.length)));
  for (const line of written) lines.append(line);
  return { lines, written };
}

/** Moves the list to `aside` and leaves what of it is sound and belongs to the run, with a mark for what is lost. */
export function saveSoundLines<T extends object>(
  path: string,
  { total, replayed, indexOf }: DueLines<T>,
  aside: string,
): ReadLines {
  const old = join(aside, basename(path));
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const part of listParts(path)) {
    try {
      renameSync(part, join(aside, basename(part)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  const lines = openJsonLines<T | LostLines>(path, 0);
  const { numLines } = readJsonLines<T>(
    old,
    (line, index) => {
      if (index >= total) return;
      lines.append('lost' in line ? { lost: Math.min(line.lost, total - index) } : line);
    },
    indexOf,
  );
  const least = total - replayed.length;
  if (numLines < least) lines.append({ lost: least - numLines });
  lines.close();
  return readRunLines(path, { total, replayed, ...(indexOf && { indexOf }) }, () => {});
}
