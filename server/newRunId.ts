// The name of a run that was given none: task, strategy and time, and a number where that is taken.

import { existsSync } from 'node:fs';
import { runFolder } from './store/runManifest.ts';

export function newRunId(runsDir: string, task: string, strategy: string): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const name = `${task}-${strategy}-${time}`;
  let id = name;
  for (let number = 2; existsSync(runFolder(runsDir, id)); number++) id = `${name}-${number}`;
  return id;
}
