// A device with a studio for own samples on the real engine: server and storage are scripted, nothing of either is real.

import { expect, vi } from 'vitest';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { parametersOf, type Parameters } from '../../../shared/engine/model.ts';
import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import type { UpdateScheme } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import { createManualClock } from '../../../shared/localWork/testing/manualClock.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import { encodeBlocks } from '../../../shared/contract/codec.ts';
import type { Assignment, TaskInfo } from '../../../shared/contract/messages.ts';
import { encodeModel } from '../../../shared/contract/modelCodec.ts';
import { createRandom } from '../../../shared/random.ts';
import { startDevice } from '../device.ts';
import type { DeviceState } from '../deviceState.ts';
import { openOwnStudio } from '../own/ownStudio.ts';
import { SilentStorageError } from '../openStorage.ts';
import { ownError } from '../own/ownProblem.ts';
import type { OwnBatch } from '../own/ownSamples.ts';
import type { KeptChoice, OwnStore } from '../own/ownStore.ts';
import type { OwnSamples } from '../ownData.ts';
import { loadBlocks, splitMessage } from '../transfer.ts';
import { DEVICE_OPTIONS } from './deviceOptions.ts';
import { wholeBlock } from './blocks.ts';
import { createScriptedServer } from './scriptedServer.ts';

const { model } = SMALL_TASK;
export const PARAMETERS = initialParameters(model, 1);

/** An assignment of the small task, all tensors brought. */
export function wholeAssignment(assignmentId: string, scheme: UpdateScheme): [Assignment, ArrayBuffer] {
  const localWork = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };
  const blocks = PARAMETERS.map((_, tensor) => wholeBlock(tensor, 0));
  return [
    { assignmentId, baseVersion: 0, scheme, localWork, seed: 1, encoding: { kind: 'float32' }, blocks },
    encodeBlocks(PARAMETERS),
  ];
}

/** Samples of an unusual hand: a class lights up the features that are another one's in the demo shard. */
export function unusualSamples(count: number): OwnSamples {
  const random = createRandom(5);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  const inputs = Uint8Array.from({ length: count * 12 }, (_, i) => {
    const shown = (labels[Math.floor(i / 12)]! + 1) % 3;
    return random.integer(100) + ((i % 12) % 3 === shown ? 150 : 0);
  });
  return { count, inputs, labels };
}

/** The newest model of the scripted server. */
export interface ServedModel {
  version: number;
  parameters: Parameters;
  /** What each request said to hold. */
  readonly requests: (readonly number[])[];
  /** Not null: requests are answered when it resolves. */
  gate: Promise<void> | null;
  isDown: boolean;
}

export interface MemoryOwnStore extends OwnStore {
  readonly batches: Map<number, OwnBatch>;
  choice: KeptChoice | null;
  /** Storage is barred. */
  isBarred: boolean;
  /** It does not answer. */
  isSilent: boolean;
}

export function createMemoryOwnStore(): MemoryOwnStore {
  const expectOpen = (): void => {
    if (store.isSilent) throw new SilentStorageError('silent');
    if (store.isBarred) throw new Error('barred');
  };
  const store: MemoryOwnStore = {
    batches: new Map(),
    choice: null,
    isBarred: false,
    isSilent: false,
    async read() {
      expectOpen();
      return store.choice && { ...store.choice, batches: [...store.batches.values()] };
    },
    async keepChoice(choice) {
      expectOpen();
      store.choice = choice;
    },
    async keepBatch(batch) {
      expectOpen();
      store.batches.set(batch.id, batch);
    },
    async dropBatch(id) {
      expectOpen();
      store.batches.delete(id);
    },
    async clear() {
      expectOpen();
      store.batches.clear();
      store.choice = null;
    },
  };
  return store;
}

export interface OwnDeviceOptions {
  readonly budgetBytes?: number;
  readonly task?: TaskInfo;
  readonly store?: MemoryOwnStore;
  readonly clock?: ReturnType<typeof createManualClock>;
}

export function startOwnDevice({
  budgetBytes = 262_144,
  store = createMemoryOwnStore(),
  clock = createManualClock(),
}: OwnDeviceOptions = {}) {
  const server = createScriptedServer();
  const states: DeviceState[] = [];
  const served: ServedModel = { version: 3, parameters: PARAMETERS, requests: [], gate: null, isDown: false };
  /** Bytes of all arenas, as planned, and the most that there ever were at once. */
  const arenas = { bytes: 0, mostBytes: 0, numCreated: 0 };

  function createTrainer(plan: TrainingPlan): Trainer {
    const trainer = createWasmTrainer(plan, 'simd');
    arenas.bytes += plan.deviceBytes;
    arenas.numCreated++;
    arenas.mostBytes = Math.max(arenas.mostBytes, arenas.bytes);
    let isDisposed = false;
    return Object.assign(Object.create(trainer) as Trainer, {
      dispose() {
        if (!isDisposed) arenas.bytes -= plan.deviceBytes;
        isDisposed = true;
        trainer.dispose();
      },
    });
  }

  async function fetchModel(held: readonly number[]): Promise<ArrayBuffer> {
    served.requests.push(held);
    await served.gate;
    if (served.isDown) throw ownError('serverSilent', 'The newest model could not be fetched.');
    const { version, parameters } = served;
    const lacking = parametersOf(model).flatMap((_, tensor) => (held[tensor] === version ? [] : [tensor]));
    const blocks = lacking.map((tensor) => wholeBlock(tensor, version));
    return encodeModel(
      { version, blocks },
      lacking.map((tensor) => new Uint8Array(encodeBlocks([parameters[tensor]!]))),
    ).buffer;
  }

  const device = startDevice(
    { ...DEVICE_OPTIONS, budgetBytes },
    {
      openSession: server.openSession,
      createTrainer,
      giveUpGpu: () => {},
      backendRefusal: () => '',
      own: {
        hasKept: () => Promise.resolve(store.choice !== null),
        openStudio: (host) =>
          openOwnStudio(host, { createTrainer, planTraining, loadBlocks, splitMessage, fetchModel }, store),
      },
      clock,
      backend: 'wasm-simd',
      browser: 'none',
      cores: 1,
      sinceOpenedMs: () => 5,
      changed: (state) => states.push(state),
      tokenIssued: () => {},
    },
  );
  const newest = () => states.at(-1)!;
  const logged = (message: string, times = 1) =>
    vi.waitFor(() => expect(server.log.filter((line) => line === message)).toHaveLength(times));
  return { server, device, states, served, arenas, newest, logged, store, clock };
}
