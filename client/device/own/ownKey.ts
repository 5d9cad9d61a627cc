// What own samples are kept under, and whether there are any: all that a tab without own samples needs of their storage.

import { get, type UseStore } from 'idb-keyval';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { openStorage } from '../openStorage.ts';

/** The samples that fit a task fit nothing else: server, task, form of the inputs, classes. */
export function ownKey(server: string, { id, model, inputs, classes }: TaskInfo): string {
  return JSON.stringify([server, id, inputs, model.input, classes]);
}

export function openOwnDatabase(): UseStore {
  return openStorage('minnow-own', 'samples');
}

/** Never rejects: a browser that bars storage, or whose storage does not answer, has kept nothing. */
export async function hasOwnKept(key: string): Promise<boolean> {
  try {
    return (await get([key], openOwnDatabase())) !== undefined;
  } catch {
    return false;
  }
}
