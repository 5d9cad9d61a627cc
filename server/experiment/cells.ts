// The cells of an experiment: one simulation for each configuration and seed, each known by the hash of all that decides its
// figures. Pure but for reading sources.

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
import { merge, type Experiment } from './experimentFile.ts';

export interface Cell {
  /** Of the configuration, without the code's version. */
  readonly configKey: string;
  /** Of both. */
  readonly key: string;
  /** Name of the experiment's configuration. */
  readonly config: string;
  readonly seed: number;
  readonly input: SimulationConfig;
  readonly task: TaskDefinition;
  /** Where the task is a file's. */
  readonly ownTask: OpenedTask | null;
}

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
 * By seed, then by configuration, so that what is compared is there early. Throws as `parseSimulationConfig` does, and DataError
 * for a task file that cannot be opened.
 */
export async function cellsOf(
  experiment: Experiment,
  world: World,
  codeVersion: string,
  open: TaskOpener,
): Promise<Cell[]> {
  const changes = experiment.configs.map(({ name, change }) => ({
    name,
    value: { ...merge(experiment.base, change), world },
  }));
  const ownTasks = new Map<string, OwnTask>();
  for (const { value } of changes) {
    const file = taskFileOf(value);
    if (file === null || ownTasks.has(file)) continue;
    const opened = await open(file, 0);
    ownTasks.set(file, { opened, key: contentKeyOf(opened) });
  }
  return experiment.seeds.flatMap((seed) =>
    changes.map(({ name, value }) => {
      try {
        const own = ownTasks.get(taskFileOf(value) ?? '') ?? null;
        return cellOf(name, { ...value, seed }, own, codeVersion);
      } catch (error) {
        throw new TypeError(`${name}: ${(error as Error).message}`, { cause: error });
      }
    }),
  );
}

function cellOf(
  config: string,
  value: { readonly seed: number },
  own: OwnTask | null,
  codeVersion: string,
): Cell {
  const input = configWithTask(value, own?.opened ?? null);
  const configKey = hash(JSON.stringify(own ? { ...input, task: own.key } : input));
  const key = hash(`${configKey} ${codeVersion}`);
  const { seed } = value;
  return {
    configKey,
    key,
    config,
    seed,
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
