// A task with its data, by what people say: an id, or the name of a task file. All commands open tasks here.

import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { Parameters } from '../../shared/engine/model.ts';
import type { TaskData, TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { loadTask, type DataSource } from './loadTask.ts';
import { isTaskFile, openOwnTask, type OwnTask } from './ownTask/openOwnTask.ts';

export interface OpenedTask {
  readonly task: TaskDefinition;
  readonly data: TaskData;
  /** Parameters that training starts from; absent: they are drawn. */
  readonly start?: Parameters;
  /** Of a task file: where it is and what it says, for a run's manifest. */
  readonly file?: OwnTask['file'];
  /** Of a task file: how its data were read, a line each, for whoever starts. */
  readonly notes?: readonly string[];
}

/** `seed`: for data that are generated. */
export type TaskOpener = (name: string, seed: number) => Promise<OpenedTask>;

/** Throws RangeError for an unknown id, DataError for a task file or data that are missing or bad. */
export async function openTask(name: string, source: DataSource): Promise<OpenedTask> {
  if (isTaskFile(name)) return openOwnTask(name, source.dataDir);
  return { task: findTask(name), data: await loadTask(name, source) };
}

/**
 * Opens tasks by id, and files by their names relative to `folder`, each file once: all who ask for it have the same task,
 * though it be changed meanwhile.
 */
export function createTaskOpener(dataDir: string, folder = '.'): TaskOpener {
  const files = new Map<string, Promise<OpenedTask>>();
  return (name, seed) => {
    if (!isTaskFile(name)) return openTask(name, { dataDir, seed });
    const opened =
      files.get(name) ?? openTask(isAbsolute(name) ? name : join(folder, name), { dataDir, seed });
    files.set(name, opened);
    return opened;
  };
}

/** A hash of all that a task is: the definition, every sample, and the parameters that it starts from. Where its files lie makes no difference. */
export function contentKeyOf({ task, data, start = [] }: OpenedTask): string {
  const digest = createHash('sha256').update(JSON.stringify(task));
  for (const { count, inputs, labels, targets, groups } of [data.train, data.test]) {
    digest.update(`\0${count}`);
    for (const values of [inputs, labels, targets, groups])
      digest
        .update(`\0${values?.constructor.name} ${values?.length}\0`)
        .update(values ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : '');
  }
  for (const { buffer, byteOffset, byteLength } of start)
    digest.update(new Uint8Array(buffer, byteOffset, byteLength));
  return digest.digest('hex').slice(0, 16);
}
