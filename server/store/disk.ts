// What the store wants of a disk. Files are written at their ends, but for one; what is to survive a power cut is synced, and
// so is the folder of a new or renamed file. What a disk refuses is thrown with the system's code (`ENOSPC`, `EIO`).

export interface DiskFile {
  /** Bytes. */
  size(): number;
  /** Reads from `position` on; gives how many bytes: fewer than asked for before the file's end alone, 0 there. */
  read(into: Uint8Array, position: number): number;
  /** Gives how many bytes it took: a disk that is nearly full takes a part and says nothing. */
  writeAt(bytes: Uint8Array, position: number): number;
  /** As `writeAt`, at the end. Of a file that was opened to append or create. */
  appendNow(bytes: Uint8Array): number;
  /** As `appendNow`, off the event loop; `parts` one after the other, at most `MOST_PARTS` of them. */
  append(parts: readonly Uint8Array[]): Promise<number>;
  truncate(bytes: number): void;
  /** Resolves when all that was written survives a power cut. */
  sync(): Promise<void>;
  syncNow(): void;
  close(): void;
}

/**
 * - `read`
 * - `change`: read and write what is there
 * - `create`: write an empty file, whatever was there
 * - `append`: write behind what is there, if anything
 */
export type OpenMode = 'read' | 'change' | 'create' | 'append';

/** `writev` takes no more on Linux. */
export const MOST_PARTS = 1024;

export interface Disk {
  /** New files are their owner's alone. */
  open(path: string, mode: OpenMode): DiskFile;
  /** Throws `ENOENT` where there is none. */
  readWhole(path: string): Buffer;
  exists(path: string): boolean;
  /** The names in a folder, in no order; none where there is no folder, or a file. */
  names(folder: string): string[];
  /** Takes the place of what was there. */
  rename(from: string, to: string): void;
  remove(path: string): Promise<void>;
  /** Makes it where there is none; the sentence to tell where others' rights had to be taken, else null. */
  makePrivateFolder(folder: string): string | null;
  /** Resolves when new, renamed and removed names in the folder survive a power cut. */
  syncFolder(folder: string): Promise<void>;
  syncFolderNow(folder: string): void;
  /** Returns what frees the lock. Throws CheckpointError `locked` while another server, or this one, holds it. */
  lock(folder: string): () => void;
}

/** Writes all of it; asked to take the rest, a full disk says why not. */
export async function appendAll(file: DiskFile, parts: readonly Uint8Array[]): Promise<void> {
  for (let from = 0; from < parts.length; from += MOST_PARTS) {
    const some = parts.slice(from, from + MOST_PARTS);
    const numBytes = some.reduce((sum, { byteLength }) => sum + byteLength, 0);
    let written = await file.append(some);
    if (written === numBytes) continue;
    const whole = Buffer.concat(some);
    while (written < numBytes) written += progress(await file.append([whole.subarray(written)]));
  }
}

/** As `appendAll`, at once. */
export function appendAllNow(file: DiskFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += progress(file.appendNow(bytes.subarray(written)));
}

function progress(written: number): number {
  if (written > 0) return written;
  throw Object.assign(new Error('the disk takes nothing'), { code: 'EIO', syscall: 'write' });
}
