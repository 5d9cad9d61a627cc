// Which runs `npm start` goes on with or begins.

import type { RunConfig } from '../../shared/federation/config.ts';
import { flagsToRun, type RunFlags } from '../../shared/settings/runSetup.ts';
import { nameOfChoice } from '../../shared/settings/strategyChoice.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { strategyToResume } from './resumeStrategy.ts';
import { newestRun } from '../run/newestRun.ts';
import { newRunId } from '../run/newRunId.ts';
import { comparedRuns } from '../run/nextRuns.ts';
import { readManifest, runFolder, type RunManifest } from '../store/runManifest.ts';
import type { StartFlags } from './startFlags.ts';

/** The id of the run. Throws RangeError where it is to go on and there is none. */
export function chooseRun({ run, resume, runsDir, strategy }: StartFlags, task: string): string {
  if (resume) {
    const id = run ?? newestRun(runsDir);
    if (id !== undefined && readManifest(runFolder(runsDir, id)) !== null) return id;
    throw new RangeError(`--resume: there is no run ${run === undefined ? '' : `"${run}" `}in ${runsDir}`);
  }
  return run ?? newRunId(runsDir, task, nameOfChoice(strategy ?? 'ftte'));
}

/** The run, those that went side by side with it when it was kept, or those to compare. */
export function runsOf(
  { compare, runsDir }: StartFlags,
  flags: RunFlags,
  config: RunConfig,
  kept: RunManifest | null,
  ownTask: TaskDefinition | undefined,
): readonly RunConfig[] {
  if (compare) {
    const idOf = (strategy: string) => newRunId(runsDir, config.task, strategy);
    return comparedRuns(compare, idOf, { ...flags, task: config.task }, ownTask);
  }
  return (kept?.beside ?? [config.id]).map((id) => {
    if (id === config.id) return config;
    const manifest = readManifest(runFolder(runsDir, id));
    strategyToResume(undefined, manifest, () => {});
    return flagsToRun(id, flags, manifest, ownTask).config;
  });
}
