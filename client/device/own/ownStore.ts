// Own samples and personal model in the browser, for who wants them kept: in IndexedDB, which plain http has, too.
//
//     key  [ownKey]      -> choice of data and personal model; its being there says that things are kept
//          [ownKey, id]  -> a batch of samples
//
// Two tabs of one browser keep side by side: ids of batches are times.

import { del, delMany, get, getMany, keys, set } from 'idb-keyval';
import type { DataUse } from '../ownData.ts';
import { openOwnDatabase } from './ownKey.ts';
import type { OwnBatch } from './ownSamples.ts';
import type { PersonalModel } from './fineTune.ts';

/** All but the samples. */
export interface KeptChoice {
  /** Null: the person chose nothing. */
  readonly chosen: DataUse | null;
  readonly personal: PersonalModel | null;
}

/** All reject where the browser bars storage or has no room. */
export interface OwnStore {
  read(): Promise<(KeptChoice & { readonly batches: readonly OwnBatch[] }) | null>;
  keepChoice(choice: KeptChoice): Promise<void>;
  keepBatch(batch: OwnBatch): Promise<void>;
  dropBatch(id: number): Promise<void>;
  clear(): Promise<void>;
}

export function openOwnStore(key: string): OwnStore {
  /** Made when it is first needed: where storage is barred this throws. */
  let opened: ReturnType<typeof openOwnDatabase> | null = null;
  const database = () => (opened ??= openOwnDatabase());

  async function ownKeys(): Promise<IDBValidKey[]> {
    return (await keys(database())).filter((other) => Array.isArray(other) && other[0] === key);
  }

  return {
    async read() {
      const choice = await get<KeptChoice>([key], database());
      if (!choice) return null;
      const ids = (await ownKeys()).filter((other) => (other as unknown[]).length === 2);
      const batches = (await getMany<OwnBatch>(ids, database())) as OwnBatch[];
      return { ...choice, batches: batches.sort((a, b) => a.id - b.id) };
    },
    async keepChoice(choice) {
      await set([key], choice, database());
    },
    async keepBatch(batch) {
      await set([key, batch.id], batch, database());
    },
    async dropBatch(id) {
      await del([key, id], database());
    },
    async clear() {
      await delMany(await ownKeys(), database());
    },
  };
}
