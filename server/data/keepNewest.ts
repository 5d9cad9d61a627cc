import type { OpenedTask, TaskOpener } from './openTask.ts';

/** Opens a task once for all who ask for it in turn: runs side by side, and one that is begun anew, share its data. */
export function keepNewest(open: TaskOpener): TaskOpener {
  let newest: { readonly key: string; readonly opened: Promise<OpenedTask> } | null = null;
  return async (name, seed) => {
    const key = `${name} ${seed}`;
    if (newest?.key !== key) newest = { key, opened: open(name, seed) };
    const { opened } = newest;
    try {
      return await opened;
    } catch (error) {
      newest = null;
      throw error;
    }
  };
}
