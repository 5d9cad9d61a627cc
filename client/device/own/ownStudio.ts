// All that a device does with the person's own samples: keeps them, gives them to local work, makes the personal model, and
// tells what the models say of a sample. Fetched when it is first needed.

import type { OwnStudio, OwnEngine, OwnHost } from './ownHost.ts';
import { createOwnModels, type OwnModels } from './ownModels.ts';
import { openOwnShelf } from './ownShelf.ts';
import type { OwnStore } from './ownStore.ts';

/** With what is kept of an earlier visit. */
export async function openOwnStudio(host: OwnHost, engine: OwnEngine, store: OwnStore): Promise<OwnStudio> {
  let models: OwnModels | null = null;
  const changed = (): void => {
    if (models) host.changed({ ...shelf.describe(), ...models.describe() });
  };
  const shelf = await openOwnShelf(host.task, host.run(), store, changed);
  async function fetchModel(held: readonly number[]): Promise<ArrayBuffer> {
    const answer = await engine.fetchModel(held);
    host.fetched(answer.byteLength);
    return answer;
  }
  models = createOwnModels(host, shelf, { ...engine, fetchModel }, changed);
  const { trainPersonal, predict, stopPredicting, forgetPersonal, makeRoom, free } = models;
  changed();
  return {
    api: {
      ownTask: () => Promise.resolve(host.task),
      addOwn: shelf.add,
      removeNewestOwn: shelf.removeNewest,
      async deleteOwn() {
        await forgetPersonal();
        await shelf.clear();
      },
      setDataUse: shelf.setUse,
      setOwnKept: shelf.setKept,
      trainPersonal,
      predict,
      stopPredicting,
    },
    shardFor: shelf.shardFor,
    makeRoom,
    free,
    runChanged() {
      free();
      void forgetPersonal();
      void shelf.setPersonal(null);
    },
  };
}
