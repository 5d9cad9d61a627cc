// The samples of a task, generated or read from files.

import { generateDigits } from '../../shared/tasks/digits/generateDigits.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import type { TaskData } from '../../shared/tasks/task.ts';
import { loadCifar10 } from './cifar10.ts';
import { loadFashionMnist } from './fashionMnist.ts';
import { loadHar } from './har.ts';

export interface DataSource {
  /** Folder of data files; '' when none was given. */
  readonly dataDir: string;
  /** For generated data; files are as they are. */
  readonly seed: number;
}

/** Throws RangeError for an unknown task, DataError where files are missing or bad. */
export async function loadTask(id: string, { dataDir, seed }: DataSource): Promise<TaskData> {
  switch (findTask(id).id) {
    case 'digits':
      return generateDigits(seed);
    case 'fashion':
      return loadFashionMnist(dataDir);
    case 'cifar10':
      return loadCifar10(dataDir);
    case 'har':
      return loadHar(dataDir);
    default:
      throw new Error(`internal: task "${id}" has no data`);
  }
}
