// The files of one growing list of lines: `metrics.jsonl`, and before it, once that has become large, `metrics.1.jsonl`,
// `metrics.2.jsonl` ... , oldest first. Knows nothing of what the lines say.

import { createReadStream, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Disk } from './disk.ts';

function partPath(path: string, number: number): string {
  return path.replace(/\.jsonl$/, `.${number}.jsonl`);
}

/** All files there are, oldest first; in a gap of their numbers one that is missing is named all the same. */
export function listParts(disk: Disk, path: string): string[] {
  const name = basename(path, '.jsonl');
  const numbers = disk.names(dirname(path)).map((found) => {
    const digits = found.startsWith(`${name}.`) && /^\d{1,9}(?=\.jsonl$)/.exec(found.slice(name.length + 1));
    return digits ? Number(digits[0]) : 0;
  });
  const numParts = Math.max(0, ...numbers);
  const parts = Array.from({ length: numParts }, (_, k) => partPath(path, k + 1));
  return disk.exists(path) ? [...parts, path] : parts;
}

/** The file becomes the newest part; the next line begins a new one. */
export function rollOver(disk: Disk, path: string): void {
  const numParts = listParts(disk, path).filter((part) => part !== path).length;
  disk.rename(path, join(dirname(path), basename(partPath(path, numParts + 1))));
}

/** The bytes of all parts in order, while they may grow or roll over. */
export async function* readParts(path: string): AsyncGenerator<Buffer> {
  for (let number = 1; ; number++) {
    const part = partPath(path, number);
    const isPart = existsSync(part);
    for await (const bytes of createReadStream(isPart ? part : path)) yield bytes as Buffer;
    // What was open under its first name while it rolled over has been read to its end.
    if (!isPart && !existsSync(part)) return;
  }
}
