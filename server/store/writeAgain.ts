// What a file holds, written once more in its place. A disk that could not sync may take what it has not written for written,
// and says nothing at the next sync: what an earlier process left may be read, and be gone after a power cut.

import type { DiskFile } from './disk.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The bytes from `from` to `to`; the next sync brings them to the disk. */
export function writeAgain(file: DiskFile, from: number, to: number): void {
  for (let position = from; position < to;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, to - position));
    const read = file.read(chunk, position);
    const written = read === 0 ? 0 : file.writeAt(chunk.subarray(0, read), position);
    if (written === 0) throw new Error(`read and wrote nothing at byte ${position} of ${to}`);
    position += written;
  }
}
