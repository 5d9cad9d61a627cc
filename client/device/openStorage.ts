// The browser's storage, IndexedDB, as one that may never answer: browsers are known whose `open` fires no event, after a crash
// or while another tab holds an older version. Whoever waits for it goes on without. Knows nothing of what is stored.

import { createStore, type UseStore } from 'idb-keyval';

/** A storage that is well answers within milliseconds. */
const OPENING_MS = 2_000;
/** Writing tens of megabytes may take its time. */
const WORKING_MS = 20_000;

/** Of a storage that has not answered in time. */
export class SilentStorageError extends Error {}

/** As idb-keyval's, but all that is asked of it rejects where the browser has no storage or none that answers in time. */
export function openStorage(database: string, name: string): UseStore {
  let opened: Promise<UseStore> | null = null;
  async function open(): Promise<UseStore> {
    const store = createStore(database, name);
    try {
      await within(OPENING_MS, () => store('readonly', () => undefined));
    } catch (error) {
      // Whoever asks again may have more luck.
      opened = null;
      throw error;
    }
    return store;
  }
  return async (mode, callback) => {
    const store = await (opened ??= open());
    return within(WORKING_MS, () => store(mode, callback));
  };
}

function within<T>(ms: number, work: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new SilentStorageError('the storage of this browser does not answer')),
      ms,
    );
    Promise.resolve(work())
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
