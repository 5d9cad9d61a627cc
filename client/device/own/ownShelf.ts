// The person's samples and choices, in memory and, where that is wanted, in the browser. Knows nothing of models' arenas.

import type { Shard } from '../../../shared/localWork/shard.ts';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import type { DataUse, OwnDataState, OwnSamples } from '../ownData.ts';
import { SilentStorageError } from '../openStorage.ts';
import type { PersonalModel } from './fineTune.ts';
import { ownError, type OwnProblem } from './ownProblem.ts';
import { addBatch, checkOwnSamples, joinShards, ownSetOf, removeNewest, type OwnSet } from './ownSamples.ts';
import type { OwnStore } from './ownStore.ts';

const NOT_KEPT = {
  name: 'notKept',
  message:
    'This browser keeps nothing for this page (a private window, or its storage is off, full or does not answer), so own samples last as long as this tab.',
} as const;

export interface OwnShelf {
  readonly set: OwnSet;
  /** The personal model lies here, too, so that it is kept with the samples. */
  readonly personal: PersonalModel | null;
  describe(): Omit<OwnDataState, 'personal' | 'isRunResting' | 'deviceBytes'>;
  /** What local work is to train on, for a device with this demo shard. */
  shardFor(demo: Shard): Shard;
  add(samples: OwnSamples): Promise<void>;
  removeNewest(): Promise<void>;
  clear(): Promise<void>;
  setUse(use: DataUse): Promise<void>;
  setKept(isKept: boolean): Promise<void>;
  setPersonal(personal: PersonalModel | null): Promise<void>;
}

/** With what is kept of an earlier visit. `changed` is called at each change. Never rejects for want of storage. */
export async function openOwnShelf(
  task: TaskInfo,
  run: string,
  store: OwnStore,
  changed: () => void,
): Promise<OwnShelf> {
  let problem: OwnProblem | null = null;
  const kept = await store.read().catch((error: unknown) => {
    // Whether there is anything of an earlier visit is not known.
    if (error instanceof SilentStorageError) problem = NOT_KEPT;
    return null;
  });
  let set = ownSetOf(task, kept?.batches ?? []);
  /** Null: both, once there is something of one's own. */
  let chosen: DataUse | null = kept?.chosen ?? null;
  // It is of one run's global model.
  let personal: PersonalModel | null = kept?.personal?.run === run ? kept.personal : null;
  let isKept = kept !== null;
  /** One write after the other; ids rise even within a millisecond. */
  let written: Promise<unknown> = Promise.resolve();
  let lastId = set.batches.at(-1)?.id ?? 0;

  const useNow = (): DataUse => (set.training ? (chosen ?? 'both') : 'demo');

  /** Where the browser has no room any more, the person is told, and things go on in memory. */
  async function write(job: () => Promise<void>): Promise<void> {
    changed();
    if (!isKept) return;
    const done = written.then(job);
    written = done.catch(() => {
      isKept = false;
      problem = NOT_KEPT;
      changed();
    });
    await written;
  }

  const writeChoice = (): Promise<void> => write(() => store.keepChoice({ chosen, personal }));

  return {
    get set() {
      return set;
    },
    get personal() {
      return personal;
    },
    describe() {
      const { training, heldOut, perClass } = set;
      return {
        samples: (training?.samples ?? 0) + (heldOut?.samples ?? 0),
        heldOut: heldOut?.samples ?? 0,
        perClass,
        use: useNow(),
        isKept,
        problem,
      };
    },
    shardFor(demo) {
      const use = useNow();
      if (use === 'demo' || !set.training) return demo;
      return use === 'own' ? set.training : joinShards(demo, set.training);
    },
    async add(samples) {
      checkOwnSamples(task, samples);
      lastId = Math.max(Date.now(), lastId + 1);
      const batch = { ...samples, id: lastId };
      set = ownSetOf(task, addBatch(set.batches, batch));
      await write(() => store.keepBatch(batch));
    },
    async removeNewest() {
      const last = set.batches.at(-1);
      if (!last) throw ownError('noneToTakeBack', 'There is no sample of your own to take back.');
      set = ownSetOf(task, removeNewest(set.batches));
      const rest = set.batches.find(({ id }) => id === last.id);
      await write(() => (rest ? store.keepBatch(rest) : store.dropBatch(last.id)));
    },
    async clear() {
      set = ownSetOf(task, []);
      chosen = null;
      personal = null;
      problem = null;
      await write(() => store.clear());
      isKept = false;
      changed();
    },
    async setUse(use) {
      if (use !== 'demo' && !set.training)
        throw ownError('noneToTrainOn', 'There are no samples of your own to train on yet.');
      chosen = use;
      await writeChoice();
    },
    async setKept(wanted) {
      if (wanted === isKept) return;
      problem = null;
      try {
        await written;
        if (wanted) {
          await store.keepChoice({ chosen, personal });
          for (const batch of set.batches) await store.keepBatch(batch);
        } else {
          await store.clear();
        }
      } catch (error) {
        if (wanted) throw ownError(NOT_KEPT.name, NOT_KEPT.message, { cause: error });
        throw ownError('notDeleted', 'The browser could not delete what it keeps.', { cause: error });
      } finally {
        changed();
      }
      isKept = wanted;
      changed();
    },
    async setPersonal(made) {
      personal = made;
      await writeChoice();
    },
  };
}
