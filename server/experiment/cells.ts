// The cells of an experiment: one simulation for each condition, configuration and seed, each known by the hash of all that decides
// its figures. Pure but for reading sources.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { contentKeyOf, type OpenedTask, type TaskOpener } from '../data/openTask.ts';
import { configWithTask, taskFileOf } from '../simulate/openSimulation.ts';
import { runConfigOf, type SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import type { World } from '../../shared/simulate/world.ts';
import { conditionsOf, fieldsIn, isRunIn, type Condition } from './conditions.ts';
import { merge } from './experimentFile.ts';
import type { Experiment, ExperimentConfig } from './experimentSchema.ts';
import { patchWorld } from './patchWorld.ts';

/** What a cell is run for: `tuning` ones decide settings and are reported nowhere else. */
export type CellRole = 'reported' | 'yardstick' | 'tuning';

export interface Cell {
  /** Of the configuration, without the code's version. */
  readonly configKey: string;
  /** Of both: cells of one key are one simulation. */
  readonly key: string;
  readonly role: CellRole;
  readonly condition: Condition;
  /** Name of the experiment's configuration. */
  readonly config: string;
  /** Number of the setting that it is tuned by or with; 0 where it is not. */
  readonly setting: number;
  readonly seed: number;
  readonly input: SimulationConfig;
  readonly task: TaskDefinition;
  /** Where the task is a file's. */
  readonly ownTask: OpenedTask | null;
}

/** A cell before it has been checked. */
export interface Sketch extends Pick<Cell, 'role' | 'condition' | 'config' | 'setting' | 'seed'> {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The number of the setting that a configuration runs with in a condition. */
export type SettingOf = (config: ExperimentConfig, condition: Condition) => number;

/** What decides the figures of a simulation, its configuration and data aside. */
const SOURCES = ['shared', 'server'];
const DECIDING = /^(shared|server\/(data|evaluate|search|settings|simulate))\//;

/** A task file of an experiment, opened. */
interface OwnTask {
  readonly opened: OpenedTask;
  /** Of its content: in another folder it is the same, and changed it is another. */
  readonly key: string;
}

/**
 * By seed, then by condition, then by configuration, so that what is compared is there early. Throws as `parseSimulationConfig`
 * does, and DataError for a task file that cannot be opened.
 */
export async function cellsOf(
  experiment: Experiment,
  world: World,
  codeVersion: string,
  open: TaskOpener,
  settingOf: SettingOf = () => 0,
): Promise<Cell[]> {
  const { seeds, configs, axes, yardstick } = experiment;
  const sketches = seeds.flatMap((seed) =>
    conditionsOf(axes).flatMap((condition) =>
      configs
        .filter((config) => isRunIn(config, condition))
        .flatMap((config): Sketch[] => {
          const setting = settingOf(config, condition);
          const fields = fieldsIn(experiment, config, condition, config.tuned?.[setting]?.change);
          const cell = { role: 'reported', condition, config: config.name, setting, seed, fields } as const;
          if (!yardstick) return [cell];
          return [cell, { ...cell, role: 'yardstick', fields: merge(fields, yardstick.change) }];
        }),
    ),
  );
  return cellsFrom(sketches, world, codeVersion, open);
}

export async function cellsFrom(
  sketches: readonly Sketch[],
  world: World,
  codeVersion: string,
  open: TaskOpener,
): Promise<Cell[]> {
  const ownTasks = new Map<string, OwnTask>();
  for (const { fields } of sketches) {
    const file = taskFileOf(fields);
    if (file === null || ownTasks.has(file)) continue;
    const opened = await open(file, 0);
    ownTasks.set(file, { opened, key: contentKeyOf(opened) });
  }
  return sketches.map((sketch) => {
    try {
      return cellOf(sketch, ownTasks.get(taskFileOf(sketch.fields) ?? '') ?? null, world, codeVersion);
    } catch (error) {
      const place = [sketch.config, sketch.condition.label].filter((part) => part !== '').join(', ');
      throw new TypeError(`${place}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function cellOf({ fields, ...names }: Sketch, own: OwnTask | null, world: World, codeVersion: string): Cell {
  const { world: worldChange, ...given } = fields;
  const value = { ...given, world: patchWorld(world, worldChange), seed: names.seed };
  const input = configWithTask(value, own?.opened ?? null);
  const configKey = hash(JSON.stringify(own ? { ...input, task: own.key } : input));
  return {
    ...names,
    configKey,
    key: hash(`${configKey} ${codeVersion}`),
    input,
    task: own?.opened.task ?? findTask(input.task),
    ownTask: own?.opened ?? null,
  };
}

/** As a server would have it. */
export function runConfigOfCell({ input, ownTask }: Cell): RunConfig {
  return runConfigOf(input, ownTask?.task);
}

/** How the data of task files were read, a line each. */
export function notesOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.flatMap(({ ownTask }) => ownTask?.notes ?? []))];
}

/** For people: configuration, condition and seed. */
export function nameOfCell({ config, condition, seed, role, setting }: Cell): string {
  const what = role === 'tuning' ? `${config} (setting ${setting + 1})` : config;
  const parts = [what, condition.key, `seed ${seed}`, ...(role === 'reported' ? [] : [role])];
  return parts.filter((part) => part !== '').join(', ');
}

/** A hash of the sources below `root` that figures depend on; tests are none. */
export function codeVersionOf(root: string): string {
  const digest = createHash('sha256');
  for (const file of SOURCES.flatMap((folder) => filesOf(root, folder)))
    if (DECIDING.test(file) && !/\.test\.ts$|\/testing\//.test(file))
      digest
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  return digest.digest('hex').slice(0, 16);
}

function filesOf(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesOf(root, path) : [path];
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
