// What a desk asks of a run that is under way, as configurations: other settings, or the runs that take its place.
// Pure: no files, no clock.

import type { TaskDefinition } from '../../shared/tasks/task.ts';
import type { RunConfig, RunSettings } from '../../shared/federation/config.ts';
import { presetNameOf } from '../../shared/federation/strategies.ts';
import { flagsToRun, type RunFlags } from '../../shared/settings/runSetup.ts';
import { LIVE_SETTINGS, type SettingsChange } from '../../shared/settings/liveSettings.ts';
import { applyWritten } from '../../shared/settings/setting.ts';
import {
  chosenStrategy,
  nameOfChoice,
  withPreset,
  type StrategyChoice,
} from '../../shared/settings/strategyChoice.ts';
import { takingAll, underWay } from '../../shared/settings/trigger.ts';

export interface NextRuns {
  readonly task: TaskDefinition;
  /** One run each, side by side; undefined: as they are. */
  readonly strategies?: readonly string[] | undefined;
}

/** Throws RangeError for names that are not known. */
export function changedSettings(config: RunConfig, change: SettingsChange): RunSettings {
  const { strategy: named } = change;
  const strategy = named === undefined ? config.strategy : withPreset(config.strategy, chosenStrategy(named));
  const next = applyWritten(LIVE_SETTINGS, { ...config, strategy }, change);
  return {
    strategy: { ...next.strategy, trigger: underWay(next.strategy.trigger) },
    subset: next.subset,
    learningRate: next.localWork.learningRate,
  };
}

/**
 * The runs that take the place of this group's, each with an id of its own: the same anew, another task, or these
 * strategies side by side. Throws RangeError for names that are not known.
 */
export function nextRuns(
  group: readonly RunConfig[],
  { task, strategies }: NextRuns,
  idFor: (task: string, strategy: string) => string,
): RunConfig[] {
  const first = group[0]!;
  if (strategies === undefined) {
    return group.map((config) => ({
      ...config,
      id: idFor(task.id, presetNameOf(config.strategy).toLowerCase()),
      ...(task.id !== config.task && {
        task: task.id,
        localWork: { ...config.localWork, ...task.localWork },
      }),
    }));
  }
  const flags = { task: task.id, seed: first.seed, concurrency: first.concurrency };
  const compared = comparedRuns(strategies, (strategy) => idFor(task.id, strategy), flags, task);
  // What a strategy brings with it is as usual under it; the rest is as it was.
  return compared.map(({ id, strategy, subset, encoding, localWork }) => ({
    ...first,
    id,
    task: task.id,
    strategy,
    subset,
    encoding,
    localWork: task.id === first.task ? first.localWork : localWork,
  }));
}

/** One run for each strategy, alike in all else: a synchronous one, unless told how many, takes all who are here. */
export function comparedRuns(
  strategies: readonly StrategyChoice[],
  idOf: (strategy: string) => string,
  flags: RunFlags,
  task?: TaskDefinition,
): RunConfig[] {
  if (strategies.length === 0) throw new RangeError('strategies must name at least one');
  return strategies.map((strategy) => {
    const { config } = flagsToRun(idOf(nameOfChoice(strategy)), { ...flags, strategy }, null, task);
    const { strategy: chosen, concurrency } = config;
    const trigger = takingAll(chosen.trigger, flags.buffer ?? concurrency);
    return { ...config, strategy: { ...chosen, trigger } };
  });
}
