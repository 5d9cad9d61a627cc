// Builds the pages into dist/ when a source is newer than the last build.

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['client', 'shared', 'index.html', 'dashboard.html', 'vite.config.ts', 'package-lock.json'];

/** Throws an Error with one sentence when the build fails. */
export function buildPages(root) {
  const built = newest(join(root, 'dist', 'index.html'));
  if (SOURCES.every((source) => newest(join(root, source)) < built)) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('Building the pages (vite build) failed; see its output above.');
}

/** Milliseconds of the newest change in a file or folder; 0 where there is none. Tests do not count. */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || path.endsWith('.test.ts')) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}
