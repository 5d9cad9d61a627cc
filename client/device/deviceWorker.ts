// Entry of the Worker: puts session, clock and engine together and offers the device to the page through Comlink.

import '../common/olderBrowsers.ts';
import { expose } from 'comlink';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import { detectVariant } from '../../shared/engine/wasm/detectVariant.ts';
import type { RegisterTile } from '../../shared/engine/wasm/kernels/kernel.ts';
import type { Variant } from '../../shared/engine/wasm/code/lanes.ts';
import { openWasmTrainer } from '../../shared/engine/wasm/openWasmTrainer.ts';
import { isServerThere } from '../common/laterCode.ts';
import { openBlockStoreLater } from './blockStoreLater.ts';
import { createBackendChoice, type GpuBackend } from './backendChoice.ts';
import { browserName } from './browserName.ts';
import { createWorkerClock } from './workerClock.ts';
import { startDevice, type Device } from './device.ts';
import type { DeviceOptions, DeviceState, HeldReason, WorkerBackend } from './deviceState.ts';
import type { OwnProblemName } from './own/ownProblem.ts';
import type { OwnDataApi } from './ownData.ts';
import { openSession } from './session.ts';
import { createThrottle } from './throttle.ts';
import { loadBlocks, splitMessage } from './transfer.ts';
import { fetchDeltaCodec } from './fetchDeltaCodec.ts';

/** What the page may ask of its Worker, and hears of when it fails; `changed` and `tokenIssued` are called there. */
export interface DeviceWorkerApi {
  start(
    options: DeviceOptions,
    changed: (state: DeviceState) => void,
    tokenIssued: (token: string) => void,
    raced: (key: string, winner: string) => void,
  ): void;
  setPaused(isPaused: boolean): void;
  setHeld(held: HeldReason): void;
  setBudget(budgetBytes: number): Promise<void> | undefined;
  leave(): Promise<void> | undefined;
  joinAgain(): void;
  /** One of the functions of `OwnDataApi`, by its name. */
  callOwn(name: keyof OwnDataApi, given: readonly unknown[]): Promise<unknown>;
}

/** The page is told ten times a second at most. */
const SHOW_EVERY_MS = 100;
const GPU_WITHIN_MS = 5_000;

let device: Device | null = null;

const api: DeviceWorkerApi = {
  start(options, changed, tokenIssued, raced) {
    const variant = variantOf(options.backend);
    const browser = browserName(navigator.userAgent);
    const tileKey = `tile ${variant} ${browser}`;
    let tile = parseTile(options.raceResults[tileKey]);
    let isTuned = tile !== null;
    /** Measures once, after the first trainer has begun, for the next ones: nobody waits for it. */
    async function tune(): Promise<void> {
      if (isTuned) return;
      isTuned = true;
      const { tuneTile } = await import('../../shared/engine/wasm/tuneTile.ts');
      tile = tuneTile({ variant, now: () => performance.now() });
      raced(tileKey, `${tile.rows}x${tile.columns}`);
    }
    async function createWasmTrainer(plan: TrainingPlan): Promise<Trainer> {
      const trainer = await openWasmTrainer(plan, variant, tile ?? undefined);
      // Where its code cannot be had, the default tile does.
      tune().catch(() => {});
      return trainer;
    }
    const backends = createBackendChoice({
      wanted: options.backend,
      wasm: `wasm-${variant}`,
      createWasmTrainer,
      mayHaveGpu: 'gpu' in navigator,
      // Browsers are known that never answer.
      openGpu: () => Promise.race([openGpu(options.backend), nothingAfter(GPU_WITHIN_MS)]),
      now: () => performance.now(),
      raceResults: options.raceResults,
      raced,
    });
    const tell = createThrottle(SHOW_EVERY_MS, changed);
    /** Resolves with the first local step: what nobody needs before is fetched then. */
    let noteTrained!: () => void;
    const trained = new Promise<void>((resolve) => (noteTrained = resolve));
    // Where it cannot be had yet, the upload fetches it.
    trained.then(fetchDeltaCodec).catch(() => {});
    device = startDevice(options, {
      openSession,
      createTrainer: backends.createTrainer,
      isTrainerProvisional: backends.isProvisional,
      giveUpGpu: backends.giveUpGpu,
      backendRefusal: backends.refusal,
      openBlockStore: (deviceId, isResumed) => openBlockStoreLater(deviceId, isResumed, trained),
      own: {
        async hasKept(server, task) {
          await trained;
          const { hasOwnKept, ownKey } = await import('./own/ownKey.ts');
          return hasOwnKept(ownKey(server, task));
        },
        openStudio: async (host) => {
          const { openOwnWorkerStudio } = await import('./own/ownWorkerStudio.ts').catch(nameMissingCode);
          return openOwnWorkerStudio(host, {
            createTrainer: createWasmTrainer,
            planTraining,
            loadBlocks,
            splitMessage,
          });
        },
      },
      clock: createWorkerClock(),
      backend: backends.name,
      isServerThere,
      browser,
      cores: navigator.hardwareConcurrency || 0,
      // The machine's clock may have been set between the opening of the page and of its Worker.
      sinceOpenedMs: () => Math.max(0, performance.timeOrigin + performance.now() - options.openedAtMs),
      changed(state) {
        if (state.step > 0) noteTrained();
        tell(state);
      },
      tokenIssued,
    });
  },
  setPaused: (isPaused) => device?.setPaused(isPaused),
  setHeld: (held) => device?.setHeld(held),
  setBudget: (budgetBytes) => device?.setBudget(budgetBytes),
  leave: () => device?.leave(),
  joinAgain: () => device?.joinAgain(),
  async callOwn(name, given) {
    const own = await device!.own();
    return (own[name] as (...all: readonly unknown[]) => unknown)(...given);
  },
};

function nothingAfter(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null));
}

/** Crosses to the page by its name, for which that has words. */
function nameMissingCode(error: Error): never {
  error.name = 'codeMissing' satisfies OwnProblemName;
  throw error;
}

/** What is wanted on the GPU is fetched only now; null where the browser has no WebGPU, or it no GPU. */
async function openGpu(backend: WorkerBackend | ''): Promise<GpuBackend | null> {
  if (!('gpu' in navigator) || !(await navigator.gpu.requestAdapter())) return null;
  if (backend === 'tfjs-webgpu') return (await import('./tfjsBackend.ts')).openTfjsBackend();
  return (await import('./gpuBackend.ts')).openGpuBackend();
}

/** The WebAssembly variant that was asked for, else the fastest here. */
function variantOf(backend: WorkerBackend | ''): Variant {
  const asked = (['relaxed', 'simd', 'scalar'] as const).find((variant) => backend === `wasm-${variant}`);
  return asked ?? detectVariant();
}

/** The register tile that an earlier visit found fastest; null where none did. */
function parseTile(remembered = ''): RegisterTile | null {
  const found = /^([1-9]\d?)x([1-9]\d?)$/.exec(remembered);
  return found && { rows: Number(found[1]), columns: Number(found[2]) };
}

expose(api);
