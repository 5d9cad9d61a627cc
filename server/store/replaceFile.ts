// A file's content put in its place as a whole.

import { dirname } from 'node:path';
import { appendAllNow, type Disk } from './disk.ts';

/** Whatever happens, it is the old or the new content; on disk on return. */
export function replaceFile(disk: Disk, path: string, content: string | Uint8Array): void {
  putInPlace(disk, path, content, true);
  disk.syncFolderNow(dirname(path));
}

/** As `replaceFile`, but after a power cut it may be any part of either: for files that are written anew. */
export function replaceUnsynced(disk: Disk, path: string, content: string | Uint8Array): void {
  putInPlace(disk, path, content, false);
}

function putInPlace(disk: Disk, path: string, content: string | Uint8Array, syncs: boolean): void {
  const part = `${path}.part`;
  const file = disk.open(part, 'create');
  try {
    appendAllNow(file, Buffer.from(content));
    if (syncs) file.syncNow();
  } finally {
    file.close();
  }
  disk.rename(part, path);
}
