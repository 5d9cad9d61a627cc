// Runs hold raw updates, from which something of a device's data can be told: only the owner may read their files.

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';

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

/** Makes new and renamed names in a folder survive a power cut. */
export function syncFolderNow(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
