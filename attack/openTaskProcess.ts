// Opens task files, one after the other, in a process of its own, as `npm start` does first:
// `node --import tsx openTaskProcess.ts TASK.json ...`. Prints, as JSON, what a person would be told of each.

import { DataError } from '../server/data/dataError.ts';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';

export interface Opening {
  /** '' where it was opened. */
  readonly said: string;
  /** Whether the sentence is for people: an error of another kind would be shown with its stack. */
  readonly isForPeople: boolean;
  /** Most memory of the process until then. */
  readonly peakBytes: number;
}

async function open(path: string): Promise<Omit<Opening, 'peakBytes'>> {
  try {
    await openOwnTask(path);
    return { said: '', isForPeople: true };
  } catch (error) {
    return { said: (error as Error).message, isForPeople: error instanceof DataError };
  }
}

const openings: Opening[] = [];
for (const path of process.argv.slice(2)) {
  const opening = await open(path);
  openings.push({ ...opening, peakBytes: process.resourceUsage().maxRSS * 1024 });
}
process.stdout.write(JSON.stringify(openings));
