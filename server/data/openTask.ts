// A task with its data, by what `--task` says: an id, or the name of a task file.

import type { TaskData, TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { type DataSource, loadTask } from './loadTask.ts';
import { isTaskFile, openOwnTask } from './ownTask/openOwnTask.ts';

export interface OpenedTask {
  readonly task: TaskDefinition;
  readonly data: TaskData;
}

/** Throws RangeError for an unknown id, DataError for a task file or data that are missing or bad. */
export async function openTask(name: string, source: DataSource): Promise<OpenedTask> {
  if (isTaskFile(name)) return openOwnTask(name, source.dataDir);
  return { task: findTask(name), data: await loadTask(name, source) };
}
