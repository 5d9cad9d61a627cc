// Keeps two servers out of one run's folder. The kernel holds the lock: it knows processes of other containers, too, and
// frees it whatever way the server ends.

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { CheckpointError } from './checkpointError.ts';
import { PRIVATE_FILE } from './privateFiles.ts';

/** Returns what frees the lock. Throws CheckpointError `locked` while another server, or this one, holds it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  // Not removed afterwards: whoever waited for a removed file would lock what nobody else sees.
  const file = openSync(path, 'a+', PRIVATE_FILE);
  if (!isLockedNow(folder, file)) {
    closeSync(file);
    throw new CheckpointError(
      'locked',
      `${folder} is open in another server${holderOf(path)}: end that one first, or choose another run with --run`,
    );
  }
  ftruncateSync(file);
  writeSync(file, `process ${process.pid} on ${hostname()}\n`);
  return () => closeSync(file);
}

function isLockedNow(folder: string, file: number): boolean {
  try {
    return tryLock(file);
  } catch (error) {
    closeSync(file);
    const { code } = error as NodeJS.ErrnoException;
    const message = `${folder} lies on a disk that knows no locks (${code}): choose another one with --runs-dir`;
    throw new CheckpointError('unusable', message, { cause: error });
  }
}

/** For people alone: in another container the number is another one. */
function holderOf(path: string): string {
  const holder = /^process \d+ on [\w.-]+(?=\n)/.exec(readFileSync(path, 'utf8'))?.[0];
  return holder === undefined ? '' : ` (${holder})`;
}
