// A file's bytes, piece by piece: no file is ever in memory as a whole.

import type { Disk, DiskFile } from './disk.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Each piece is the receiver's own. Nothing where there is no such file. */
export function* readChunks(disk: Disk, path: string): Generator<Buffer> {
  let file: DiskFile;
  try {
    file = disk.open(path, 'read');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const chunkBytes = Math.min(CHUNK_BYTES, file.size() + 1);
    for (let position = 0; ;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const read = file.read(chunk, position);
      if (read === 0) return;
      position += read;
      yield chunk.subarray(0, read);
    }
  } finally {
    file.close();
  }
}
