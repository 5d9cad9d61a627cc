// Installs the packages of the lock file when they are not there yet. Plain Node, so that it runs before any package.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes node_modules agree with package-lock.json. Throws an Error with one sentence when that fails. */
export function installPackages(root) {
  if (isInstalled(root)) return;
  console.error('Installing packages (npm ci) ...');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0 || !isInstalled(root)) {
    throw new Error(
      `npm ci failed in ${root}; see its output above, then run it again (it needs the network).`,
    );
  }
}

/** Compares the lock file with the one that npm keeps of what it installed; packages for other platforms may be missing. */
export function isInstalled(root) {
  const wanted = readLock(join(root, 'package-lock.json'));
  const present = readLock(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new Error(`package-lock.json is missing or unreadable in ${root}.`);
  if (!present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const installed = present[path];
    if (path === '') return true;
    return installed ? installed.version === entry.version : entry.optional === true;
  });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}
