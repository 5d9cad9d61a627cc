// A disk of a few MB in memory, mounted over a folder, that can be filled up or made read-only. Needs the right to mount.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DISK = 'size=4m,mode=700';

export interface SmallDisk {
  /** Takes all room that is left. */
  fill(): void;
  makeRoom(): void;
  setReadOnly(isReadOnly: boolean): void;
  unmount(): void;
}

export function mountSmallDisk(folder: string): SmallDisk {
  const ballast = join(folder, 'ballast');
  mount('-t', 'tmpfs', '-o', DISK, 'tmpfs', folder);
  return {
    fill() {
      const file = openSync(ballast, 'w');
      try {
        for (;;) writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast),
    setReadOnly: (isReadOnly) => mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
    // Lazily: a server of an attack that failed may still be at work on it.
    unmount: () => execFileSync('umount', ['-l', folder]),
  };
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

/** Null where this user may mount. */
export function whyNoMount(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-mount-'));
  try {
    mountSmallDisk(folder).unmount();
    return null;
  } catch {
    return 'mounting a small disk needs root on Linux';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
