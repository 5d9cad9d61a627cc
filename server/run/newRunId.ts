// The name of a run that was given none: task, strategy and time, and a number where that is taken.

import { existsSync } from 'node:fs';
import { runFolder } from '../store/runManifest.ts';

/** `taken`: names that are given already to runs without a folder yet. */
export function newRunId(
  runsDir: string,
  task: string,
  strategy: string,
  taken: ReadonlySet<string> = new Set(),
): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const name = `${task}-${strategy}-${time}`;
  let id = name;
  for (let number = 2; taken.has(id) || existsSync(runFolder(runsDir, id)); number++)
    id = `${name}-${number}`;
  return id;
}
