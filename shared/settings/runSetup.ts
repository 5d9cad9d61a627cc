// From what people write, and what is kept of the run, to the run's configuration. Pure: no files, no sockets.

import type { DealingPlan, TaskDefinition } from '../tasks/task.ts';
import { findTask } from '../tasks/tasks.ts';
import { resolveRun, type RunConfig } from '../federation/config.ts';
import { DEALING_SETTINGS } from './dealingSettings.ts';
import { RUN_SETTINGS } from './runSettings.ts';
import { applyWritten, type WrittenIn } from './setting.ts';
import {
  chosenStrategy,
  withPreset,
  withStrategyFields,
  type ChosenStrategy,
  type StrategyChoice,
} from './strategyChoice.ts';
import type { StrategyFields } from './strategyFields.ts';

/** What was given on the command line, or in a file; undefined: not given. */
export interface RunFlags extends WrittenIn<typeof RUN_SETTINGS>, WrittenIn<typeof DEALING_SETTINGS> {
  readonly task?: string | undefined;
  readonly strategy?: StrategyChoice | undefined;
  /** Replaces fields of the strategy, objects field by field. */
  readonly strategyFields?: StrategyFields | undefined;
}

/** A run as it was begun: its configuration, and how its data were dealt. */
export interface RunSetup {
  readonly config: RunConfig;
  readonly data: DealingPlan;
}

const DEFAULT_STRATEGY = 'ftte';
const DEFAULT_CONCURRENCY = 100;

/**
 * The configuration of a run: what was given, else what is kept of it, else the defaults. Whether what was given may
 * differ from what is kept is for who opens the folder to judge. `ownTask`: the task where it is none known by name.
 * Throws RangeError for names that are not known.
 */
export function flagsToRun(
  id: string,
  flags: RunFlags,
  kept: RunSetup | null,
  ownTask?: TaskDefinition,
): RunSetup {
  const task = ownTask ?? findTask(flags.task ?? kept?.config.task ?? 'digits');
  const chosen =
    flags.strategy === undefined && kept ? null : chosenStrategy(flags.strategy ?? DEFAULT_STRATEGY);
  const base = kept ? keptRun(kept.config, chosen) : newRun(task, chosen!);
  const written = { ...chosen?.written, ...defined(flags) };
  const applied = applyWritten(RUN_SETTINGS, { ...base, id, task: task.id }, written);
  const config = withStrategyFields(
    withStrategyFields(applied, chosen?.fields ?? {}),
    flags.strategyFields ?? {},
  );
  const needed = kept || written.concurrency !== undefined ? 0 : config.strategy.trigger.size;
  return {
    config: { ...config, concurrency: Math.max(config.concurrency, needed) },
    data: applyWritten(DEALING_SETTINGS, kept?.data ?? task.dealing, flags),
  };
}

function keptRun(config: RunConfig, chosen: ChosenStrategy | null): RunConfig {
  return chosen ? { ...config, strategy: withPreset(config.strategy, chosen) } : config;
}

function newRun({ localWork }: TaskDefinition, { preset }: ChosenStrategy): RunConfig {
  return resolveRun({ id: '', ...preset, localWork, concurrency: DEFAULT_CONCURRENCY });
}

function defined(flags: RunFlags): RunFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}
