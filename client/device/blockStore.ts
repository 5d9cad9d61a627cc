// Blocks of this device's session that outlive the page: in IndexedDB, which plain http has, too. A browser that keeps
// nothing only means that blocks come again. Knows nothing of arenas and messages.
//
//   key  [device id, day, tensor, version, precision] -> bytes

import { delMany, get, keys, set, type UseStore } from 'idb-keyval';
import type { BlockHeader } from '../../shared/contract/messages.ts';
import type { KeptBlock } from '../../shared/device/holdings.ts';
import { openStorage } from './openStorage.ts';

const DAY_MS = 86_400_000;
/** Sessions that nobody has come back to for so long are forgotten. */
const KEPT_DAYS = 2;

export interface BlockStore {
  /** What is kept, at most one of each tensor. */
  readonly blocks: readonly KeptBlock[];
  /** The bytes of what is kept of the tensor; null where the browser has lost them. */
  read(tensor: number): Promise<ArrayBuffer | null>;
  /** Keeps it in place of what was kept of the tensor. */
  keep(block: KeptBlock, bytes: ArrayBuffer): void;
}

type Key = [
  deviceId: string,
  day: number,
  tensor: number,
  version: number,
  precision: BlockHeader['precision'],
];

/** What is kept for the device with this id; `nowMs` decides what is too old. Never rejects. */
export async function openBlockStore(deviceId: string, nowMs: number): Promise<BlockStore> {
  const day = Math.floor(nowMs / DAY_MS);
  const kept = new Map<number, Key>();
  let store: UseStore | null = null;
  try {
    store = openStorage('minnow', 'blocks');
    const all = (await keys(store)) as unknown as Key[];
    await delMany(
      all.filter((key) => key[1] <= day - KEPT_DAYS),
      store,
    );
    for (const key of all) if (key[0] === deviceId && key[1] > day - KEPT_DAYS) kept.set(key[2], key);
  } catch {
    store = null;
  }
  /** One write after the other: the newest is what stays. */
  let idle: Promise<unknown> = Promise.resolve();

  return {
    get blocks() {
      return [...kept.values()].map(([, , tensor, version, precision]) => ({ tensor, version, precision }));
    },
    async read(tensor) {
      await idle;
      const key = kept.get(tensor);
      if (!store || !key) return null;
      const bytes = await get<ArrayBuffer>(key, store).catch(() => null);
      if (!bytes) kept.delete(tensor);
      return bytes ?? null;
    },
    keep({ tensor, version, precision }, bytes) {
      if (!store) return;
      const into = store;
      const old = kept.get(tensor);
      const key: Key = [deviceId, day, tensor, version, precision];
      kept.set(tensor, key);
      idle = idle
        .then(() => set(key, bytes, into))
        .then(() => (old && String(old) !== String(key) ? delMany([old], into) : undefined))
        .catch(() => kept.delete(tensor));
    },
  };
}
