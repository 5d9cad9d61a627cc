// Runs hold raw updates, from which something of a device's data can be told: only the owner may read their files.

import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;
/** Of folders that many share, like /tmp. */
const STICKY = 0o1000;

/**
 * Makes the folder where there is none; takes others' rights to one that is there. Returns the sentence to tell where it
 * did so, or could not; null where nothing was to be done.
 */
export function makePrivateFolder(folder: string): string | null {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const { mode } = statSync(folder);
  if ((mode & OTHERS) === 0 || (mode & STICKY) !== 0 || process.platform === 'win32') return null;
  try {
    chmodSync(folder, mode & ~OTHERS);
    return `${folder} was open to other users of this machine; now it is yours alone.`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${folder} is open to other users of this machine, and its rights cannot be changed (${code}).`;
  }
}

/** Puts the content in the file's place as a whole: whatever happens, it is the old or the new one, on disk on return. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const part = `${path}.part`;
  const file = openSync(part, 'w', PRIVATE_FILE);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  syncFolderNow(dirname(path));
}

/** As `syncFolder`, at once. */
export function syncFolderNow(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
