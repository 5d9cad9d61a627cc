// A list of JSON lines that only grows, each line with its checksum, in files of bounded size. Read line by line, whatever
// its length. Knows nothing of what the lines say, but that some may be lost: `{"lost":3}` stands for three.

import { dirname } from 'node:path';
import type { Damage } from './damage.ts';
import { appendAllNow, type Disk } from './disk.ts';
import { listParts, rollOver } from './lineParts.ts';
import { readLines } from './readLines.ts';
import { sealLine, unsealLine } from './seal.ts';
import { writeAgain } from './writeAgain.ts';

const PART_BYTES = 64 * 1024 * 1024;

export interface JsonLines<T> {
  /** In the file when the call returns (not yet flushed to the disk). Throws when the disk refuses. */
  append(line: T): void;
  flush(): Promise<void>;
  close(): void;
}

export interface LostLines {
  readonly lost: number;
}

export interface LinesEnd {
  /** Lines that there are, lost ones counted. */
  readonly numLines: number;
  /** Bytes of the newest file up to the end of its last whole line; what follows was torn by a crash. */
  readonly wholeBytes: number;
  /** Bytes of it before the first line that can be made again. */
  readonly oldBytes: number;
  readonly damages: readonly Damage[];
  /** Where reading stopped, as what follows is made again; null: nowhere. */
  readonly madeAgain: Damage | null;
}

/**
 * Tells `onLine` each line with its index. `indexOf` says where a line belongs by what it says (-1: unknown): those that
 * should be before it are missing then. What is damaged is skipped, and counted as a line. `madeAgainFrom`: lines from this
 * index on can be had elsewhere: at the first of them that is damaged the list ends.
 */
export function readJsonLines<T extends object>(
  disk: Disk,
  path: string,
  onLine: (line: T | LostLines, index: number) => void,
  indexOf: (line: T) => number = () => -1,
  madeAgainFrom = Infinity,
): LinesEnd {
  const damages: Damage[] = [];
  let numLines = 0;
  let wholeBytes = 0;
  let oldBytes = 0;

  /** How many lines are lost before it, itself counted where it cannot be read; below 0: it says again what was said. */
  function gapAt(value: T | LostLines | null): number {
    if (value === null) return 1;
    const index = 'lost' in value ? -1 : indexOf(value);
    return index < 0 ? 0 : index - numLines;
  }

  function take(value: T | LostLines): void {
    onLine(value, numLines);
    numLines += 'lost' in value ? value.lost : 1;
  }

  for (const part of listParts(disk, path)) {
    if (!disk.exists(part)) {
      damages.push({ path: part, place: null, what: 'is missing' });
      continue;
    }
    const lines = readLines(disk, part);
    let lineNumber = 1;
    let lineStart = 0;
    let step = lines.next();
    for (; !step.done; step = lines.next()) {
      const value = unsealLine(step.value) as T | LostLines | null;
      const gap = gapAt(value);
      if (gap !== 0) {
        const what = value === null ? 'is damaged' : describeGap(gap);
        const damage = { path: part, place: `line ${lineNumber}`, what };
        // What was rolled over is on the disk.
        if (part === path && numLines >= madeAgainFrom)
          return { numLines, wholeBytes: lineStart, oldBytes, damages, madeAgain: damage };
        damages.push(damage);
      }
      if (gap > 0) take({ lost: gap });
      if (value !== null && gap >= 0) take(value);
      lineNumber++;
      lineStart += step.value.length + 1;
      if (part === path && numLines <= madeAgainFrom) oldBytes = lineStart;
    }
    const { endBytes, isTorn } = step.value;
    if (part === path) wholeBytes = endBytes;
    else if (isTorn) damages.push({ path: part, place: `line ${lineNumber}`, what: 'is cut off' });
  }
  return { numLines, wholeBytes, oldBytes, damages, madeAgain: null };
}

function describeGap(gap: number): string {
  return gap > 0 ? `lacks the ${gap} lines before it` : 'says again what was said';
}

/** Opens or creates for appending behind the whole lines of the newest file, of which those behind `oldBytes` are written again. */
export function openJsonLines<T extends object>(
  disk: Disk,
  path: string,
  { wholeBytes, oldBytes }: Pick<LinesEnd, 'wholeBytes' | 'oldBytes'>,
  partBytes = PART_BYTES,
): JsonLines<T> {
  let file = disk.open(path, 'append');
  let fileBytes = wholeBytes;
  if (file.size() > wholeBytes) file.truncate(wholeBytes);
  if (wholeBytes > oldBytes) {
    const again = disk.open(path, 'change');
    writeAgain(again, oldBytes, wholeBytes);
    again.close();
  }
  return {
    append(line) {
      if (fileBytes >= partBytes) {
        file.syncNow();
        file.close();
        rollOver(disk, path);
        disk.syncFolderNow(dirname(path));
        file = disk.open(path, 'append');
        fileBytes = 0;
      }
      const bytes = Buffer.from(`${sealLine(line)}\n`);
      appendAllNow(file, bytes);
      fileBytes += bytes.length;
    },
    flush: () => file.sync(),
    close: () => file.close(),
  };
}
