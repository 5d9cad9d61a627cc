// The store of blocks as the first load of the page has it. A session that goes on needs what it kept at once; a new one has
// kept nothing, so that its store is opened, and the code for it fetched, when something has been trained.

import type { BlockStore } from './blockStore.ts';

/** Null where the browser's storage, or the code for it, cannot be had. Never rejects. */
async function openNow(deviceId: string): Promise<BlockStore | null> {
  try {
    return await (await import('./blockStore.ts')).openBlockStore(deviceId, Date.now());
  } catch {
    return null;
  }
}

/** What is kept for the device with this id; of a session that is new, from when `trained` resolves. Never rejects. */
export function openBlockStoreLater(
  deviceId: string,
  isResumed: boolean,
  trained: Promise<void>,
): Promise<BlockStore | null> | BlockStore {
  if (isResumed) return openNow(deviceId);
  let store: BlockStore | null = null;
  const opened = trained.then(async () => {
    store = await openNow(deviceId);
  });
  return {
    get blocks() {
      return store?.blocks ?? [];
    },
    read: async (tensor) => (await store?.read(tensor)) ?? null,
    keep: (block, bytes) => void opened.then(() => store?.keep(block, bytes)),
  };
}
