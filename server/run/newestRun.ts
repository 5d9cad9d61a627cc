// The run that `--resume` goes on with where none is named.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../store/namesIn.ts';
import { holdsRun } from '../store/runManifest.ts';

/** The run that was at work last, whether or not its files are whole; undefined where there is none. */
export function newestRun(runsDir: string): string | undefined {
  const changedMs = (name: string): number =>
    Math.max(
      ...['config.json', 'acknowledged', 'journal'].map(
        (file) => statSync(join(runsDir, name, file), { throwIfNoEntry: false })?.mtimeMs ?? 0,
      ),
    );
  return namesIn(runsDir)
    .filter((name) => existsSync(join(runsDir, name, 'config.json')) || holdsRun(join(runsDir, name)))
    .sort((a, b) => changedMs(b) - changedMs(a))[0];
}
