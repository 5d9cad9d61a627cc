// A simulation's configuration with its task: what a task file says goes before the usual defaults.

import type { Dealing } from '../../shared/tasks/task.ts';
import type { OpenedTask, TaskOpener } from '../data/openTask.ts';
import { isTaskFile } from '../data/ownTask/openOwnTask.ts';
import { chooseValidation } from '../../shared/simulate/chooseValidation.ts';
import { parseSimulationConfig, type SimulationConfig } from '../../shared/simulate/simulationConfig.ts';

const USUAL_SAMPLES = 60;
const MOST_VALIDATION = 2000;

export interface OpenedSimulation {
  readonly config: SimulationConfig;
  /** Where the task is a file's. */
  readonly ownTask: OpenedTask | null;
}

/** Throws as `parseSimulationConfig` does, and DataError for a task file or data that are missing or bad. */
export async function openSimulation(value: unknown, open: TaskOpener): Promise<OpenedSimulation> {
  const name = taskFileOf(value);
  const ownTask = name === null ? null : await open(name, 0);
  return { config: configWithTask(value, ownTask), ownTask };
}

/** The name of the task file; null where the task is another, or none. */
export function taskFileOf(value: unknown): string | null {
  const task = typeof value === 'object' && value !== null && 'task' in value ? value.task : null;
  return typeof task === 'string' && isTaskFile(task) ? task : null;
}

/** As `parseSimulationConfig`, given what was opened; deals as the task's file says, and to small data sets small shards. */
export function configWithTask(value: unknown, ownTask: OpenedTask | null): SimulationConfig {
  if (!ownTask) return parseSimulationConfig(value);
  const { task, data } = ownTask;
  const { dealing, samplesPerShard } = task.dealing;
  const { count } = data.train;
  const given: { validationSamples?: number } = value as object;
  const validationSamples =
    given.validationSamples ?? Math.max(1, Math.min(MOST_VALIDATION, Math.floor(count / 5)));
  const left = count - chooseValidation(data.train, validationSamples).length;
  const samplesPerDevice = Math.max(1, Math.min(samplesPerShard || USUAL_SAMPLES, left));
  const usual = { deal: dealingText(dealing), samplesPerDevice, validationSamples };
  return parseSimulationConfig({ ...usual, ...given }, task);
}

function dealingText(dealing: Dealing): string {
  return dealing.kind === 'dirichlet' ? `dirichlet:${dealing.alpha}` : dealing.kind;
}
