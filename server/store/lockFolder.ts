// Keeps two servers out of one run's folder. A lock left by a killed server does not count.

import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from './checkpointError.ts';

const heldHere = new Set<string>();

/** Returns what frees the lock. Throws CheckpointError `locked` while a living process holds it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const holder = readHolder(path);
  if (heldHere.has(path) || (holder !== process.pid && isAlive(holder))) {
    throw new CheckpointError(
      'locked',
      `${folder} is open in another server (process ${holder}); end that one, or remove ${path} if it is none of ours`,
    );
  }
  writeFileSync(path, String(process.pid));
  heldHere.add(path);
  return () => {
    heldHere.delete(path);
    unlinkSync(path);
  };
}

function readHolder(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
