// A file of JSON lines that only grows. A line that a crash left half-written is cut when the file is opened.

import { closeSync, fdatasync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const flushFile = promisify(fdatasync);

export interface JsonLines<T> {
  /** All lines that were in the file when it was opened. */
  readonly restored: readonly T[];
  /** In the file when the call returns (not yet flushed to the disk). Throws when the disk refuses. */
  append(line: T): void;
  flush(): Promise<void>;
  close(): void;
}

/** Opens or creates. The lines' type is the caller's promise: only what was appended through here is in the file. */
export function openJsonLines<T>(path: string): JsonLines<T> {
  const file = openSync(path, 'a+');
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) ftruncateSync(file, Buffer.byteLength(whole));
  const restored = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
  return {
    restored,
    append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      const written = writeSync(file, bytes);
      // A disk that is nearly full takes a part and says nothing: what followed would be no line.
      if (written < bytes.length) throw new Error(`${path}: wrote ${written} of ${bytes.length} bytes`);
    },
    flush: () => flushFile(file),
    close() {
      closeSync(file);
    },
  };
}
