// Opens the runs of a server: the data of their tasks, demo shards, folders, searches.

import { join } from 'node:path';
import type { RunConfig } from '../../shared/federation/config.ts';
import { createSelector } from '../../shared/selection/createSelector.ts';
import { uploadOf } from '../../shared/contract/deltaBytes.ts';
import { takePublicSet } from '../../shared/selection/publicSet.ts';
import { dealShards } from '../../shared/tasks/deal.ts';
import type { DealingPlan } from '../../shared/tasks/task.ts';
import { keepNewest } from '../data/keepNewest.ts';
import { createTaskOpener, type TaskOpener } from '../data/openTask.ts';
import { fileOfStrategy } from '../settings/strategyCode.ts';
import { claimFolder, runFolder, type RunManifest } from '../store/runManifest.ts';
import { openRunScalars } from '../tensorboard/runScalars.ts';
import { openLiveRun, type LiveRun } from './liveRun.ts';
import type { RunLimits } from './runEnding.ts';
import { searchOf, withContributions } from './searchSetup.ts';

export interface OpenRunsOptions extends Partial<DealingPlan> {
  /** At least one; the first is what a device joins that names none. A run already in `runsDir` goes on. */
  readonly runs: readonly RunConfig[];
  /** Where runs and the secret of sessions are kept. */
  readonly runsDir: string;
  /** Folder of data files for tasks that need them. */
  readonly dataDir?: string;
  /** Tasks and their data by id; default: those known by name. */
  readonly openTask?: TaskOpener;
  /** The task file behind `openTask`, kept in the manifest of each run. */
  readonly taskFile?: RunManifest['taskFile'];
  readonly limits?: Partial<RunLimits>;
  readonly evaluateEveryMs?: number;
  readonly checkpointEverySteps?: number;
  /** Journal bytes after which a checkpoint is due; default: 64 MiB. */
  readonly checkpointEveryBytes?: number;
  /** Runs that are kept go on without what of their folders is damaged or missing. */
  readonly acceptsLoss?: boolean;
  /** A folder for TensorBoard: of each run a folder by its id. Default: none. */
  readonly tensorboard?: string;
  /** Told what whoever starts the server should know of the folders, a sentence each. */
  readonly onNote?: (note: string) => void;
  /** A fault that nothing can go on from; default: it is thrown, which ends the process. */
  readonly onFailure?: (error: Error) => void;
}

/** All of them or none. `isSideBySide`: devices are dealt to all of them alike. */
export type OpenRuns = (configs: readonly RunConfig[], isSideBySide: boolean) => Promise<LiveRun[]>;

export function createRunOpener(options: OpenRunsOptions): OpenRuns {
  const openTask = keepNewest(options.openTask ?? createTaskOpener(options.dataDir ?? ''));
  return async (configs, isSideBySide) => {
    const beside = isSideBySide ? configs.map(({ id }) => id) : [];
    const runs: LiveRun[] = [];
    try {
      for (const config of configs) runs.push(await openRun(config, beside, options, openTask));
      return runs;
    } catch (error) {
      for (const run of runs) await run.close();
      throw error;
    }
  };
}

/** `beside`: the ids of all runs side by side with this one, itself included; empty: it is alone. */
async function openRun(
  wanted: RunConfig,
  beside: readonly string[],
  options: OpenRunsOptions,
  openTask: TaskOpener,
): Promise<LiveRun> {
  const folder = runFolder(options.runsDir, wanted.id);
  const { task, data, start } = await openTask(wanted.task, wanted.seed);
  const publicSet = takePublicSet(data.train, wanted.seed);
  const config = withContributions(wanted, publicSet !== null);
  // How to deal, and of which file, was said of the task that the server began with.
  const given: OpenRunsOptions | null = config.task === options.runs[0]!.task ? options : null;
  const plan: DealingPlan = {
    dealing: given?.dealing ?? task.dealing.dealing,
    numShards: given?.numShards ?? task.dealing.numShards,
    samplesPerShard: given?.samplesPerShard ?? task.dealing.samplesPerShard,
  };
  const shards = dealShards(data.train, plan.dealing, plan.numShards, plan.samplesPerShard, config.seed);
  const strategyFile = fileOfStrategy(config.strategy);
  const notes = claimFolder(folder, {
    config,
    data: plan,
    ...(given?.taskFile && { taskFile: given.taskFile }),
    ...(strategyFile !== undefined && { strategyFile }),
    ...(beside.length > 0 && { beside }),
  });
  for (const note of notes) options.onNote?.(note);
  const run = await openLiveRun({
    config,
    folder,
    task,
    start,
    test: data.test,
    shards,
    selectScheme: createSelector(task.model, {
      batch: config.localWork.batch,
      upload: uploadOf(config.encoding.up),
    }),
    ...searchOf(config, task, publicSet, start),
    evaluateEveryMs: options.evaluateEveryMs ?? 2000,
    checkpointEverySteps: options.checkpointEverySteps ?? 50,
    checkpointEveryBytes: options.checkpointEveryBytes,
    acceptsLoss: options.acceptsLoss,
    ...(options.tensorboard !== undefined && {
      scalars: openRunScalars(join(options.tensorboard, config.id), task.metric, (note) =>
        options.onNote?.(note),
      ),
    }),
    limits: { targetScore: 0, maxVersions: 0, ...options.limits },
    onFailure: options.onFailure ?? throwLater,
  });
  for (const note of run.notes) options.onNote?.(note);
  return run;
}

function throwLater(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
