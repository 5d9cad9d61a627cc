// A list of JSON lines that only grows, each line with its checksum, in files of bounded size. Read line by line, whatever
// its length. Knows nothing of what the lines say, but that some may be lost: `{"lost":3}` stands for three.

import type { Damage } from './damage.ts';
import { appendAllNow, type Disk } from './disk.ts';
import { listParts, rollOver } from './lineParts.ts';
import { readLines } from './readLines.ts';
import { sealLine, unsealLine } from './seal.ts';

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
  readonly damages: readonly Damage[];
}

/**
 * Tells `onLine` each line with its index. `indexOf` says where a line belongs by what it says (-1: unknown): those that
 * should be before it are missing then. What is damaged is skipped, and counted as a line.
 */
export function readJsonLines<T extends object>(
  disk: Disk,
  path: string,
  onLine: (line: T | LostLines, index: number) => void,
  indexOf: (line: T) => number = () => -1,
): LinesEnd {
  const damages: Damage[] = [];
  let numLines = 0;
  let wholeBytes = 0;

  function take(line: Buffer, part: string, lineNumber: number): void {
    const place = `line ${lineNumber}`;
    const value = unsealLine(line) as T | LostLines | null;
    if (value === null) {
      damages.push({ path: part, place, what: 'is damaged' });
      onLine({ lost: 1 }, numLines++);
      return;
    }
    if ('lost' in value) {
      onLine(value, numLines);
      numLines += value.lost;
      return;
    }
    const index = indexOf(value);
    if (index > numLines) {
      damages.push({ path: part, place, what: `lacks the ${index - numLines} lines before it` });
      onLine({ lost: index - numLines }, numLines);
      numLines = index;
    } else if (index >= 0 && index < numLines) {
      damages.push({ path: part, place, what: 'says again what was said' });
      return;
    }
    onLine(value, numLines++);
  }

  for (const part of listParts(disk, path)) {
    if (!disk.exists(part)) {
      damages.push({ path: part, place: null, what: 'is missing' });
      continue;
    }
    const lines = readLines(disk, part);
    let lineNumber = 1;
    let step = lines.next();
    for (; !step.done; step = lines.next()) take(step.value, part, lineNumber++);
    const { endBytes, isTorn } = step.value;
    if (part === path) wholeBytes = endBytes;
    else if (isTorn) damages.push({ path: part, place: `line ${lineNumber}`, what: 'is cut off' });
  }
  return { numLines, wholeBytes, damages };
}

/** Opens or creates for appending behind the whole lines of the newest file. */
export function openJsonLines<T extends object>(
  disk: Disk,
  path: string,
  wholeBytes: number,
  partBytes = PART_BYTES,
): JsonLines<T> {
  let file = disk.open(path, 'append');
  let fileBytes = wholeBytes;
  if (file.size() > wholeBytes) file.truncate(wholeBytes);
  return {
    append(line) {
      if (fileBytes >= partBytes) {
        file.syncNow();
        file.close();
        rollOver(disk, path);
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
