// Which backend trains a plan: the one that was asked for, or the faster of WebGPU and WebAssembly by a short race of the
// plan itself. On a first visit the race waits until something has been trained in WebAssembly, so that neither it nor the
// GPU's code keeps anybody from a first step. Knows no browser: both backends, the clock and the memory of earlier races are
// handed in.

import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { BackendName, Trainer } from '../../shared/engine/trainer.ts';
import type { stepMs } from './stepMs.ts';

/** A GPU that was found, with the code that trains on it. */
export interface GpuBackend {
  createTrainer(plan: TrainingPlan): Promise<Trainer>;
  /** The race, which nobody needs without a GPU. */
  readonly stepMs: typeof stepMs;
  close(): void;
}

/** Winner of each race run before on this device, by `raceKey`. */
export type RaceResults = Readonly<Record<string, string>>;

export interface BackendParts {
  /** '' measures. */
  readonly wanted: BackendName | '';
  readonly wasm: BackendName;
  createWasmTrainer(plan: TrainingPlan): Trainer | Promise<Trainer>;
  /** The browser knows WebGPU: it costs nothing to ask. */
  readonly mayHaveGpu: boolean;
  /** The GPU with the code that is wanted on it; null where there is no WebGPU; asked once. */
  openGpu(): Promise<GpuBackend | null>;
  now(): number;
  readonly raceResults: RaceResults;
  /** Called with each race's winner, to be remembered. */
  raced(key: string, winner: string): void;
}

export interface BackendChoice {
  /** For the server's table of devices, before any plan is known. */
  readonly name: string;
  /** The trainer for a plan; falls back to WebAssembly where WebGPU cannot run it. Never do two arenas exist. */
  createTrainer(plan: TrainingPlan): Promise<Trainer>;
  /** The newest trainer is the first one, in WebAssembly without a race: the next one may be faster. */
  isProvisional(): boolean;
  /** Why the newest trainer is not on the backend that was asked for, or `NO_WEBGPU`; '' where it is, or where none was asked for. */
  refusal(): string;
  /** WebGPU has failed: from now on WebAssembly, in later visits too (unless TensorFlow.js was asked for). */
  giveUpGpu(): void;
}

/** The refusal that the pages have words for: the browser has no WebGPU here. */
export const NO_WEBGPU = 'noWebGpu';

/** WebAssembly's memory is bounded to the byte, so WebGPU must win clearly. */
const CLEARLY_FASTER = 0.8;

/** Backends on the GPU: one of them and WebAssembly may stand in for each other. */
const GPU_BACKENDS: readonly string[] = ['webgpu', 'tfjs-webgpu'] satisfies BackendName[];

/** What decides how fast a plan's step is on a given device. */
export function raceKey(plan: TrainingPlan): string {
  return `${plan.model.id} ${plan.batch} ${plan.flopsPerStep}`;
}

export function createBackendChoice(parts: BackendParts): BackendChoice {
  const results = new Map(Object.entries(parts.raceResults));
  let gpu: Promise<GpuBackend | null> | null = null;
  const wantsGpu = GPU_BACKENDS.includes(parts.wanted);
  let isGpuGivenUp = parts.wanted !== '' && !wantsGpu;
  let lastKey = '';
  let noGpu = '';
  let refusal = '';
  let hasTrained = false;
  let isProvisional = false;

  function openGpu(): Promise<GpuBackend | null> {
    if (isGpuGivenUp) return Promise.resolve(null);
    return (gpu ??= parts.openGpu().then(
      (found) => {
        if (!found) noGpu = NO_WEBGPU;
        return found;
      },
      (error: Error) => {
        noGpu = error.message;
        return null;
      },
    ));
  }
  function remember(key: string, winner: string): void {
    results.set(key, winner);
    parts.raced(key, winner);
  }

  /** True when WebGPU is to train the plan. */
  async function isGpuBetter(plan: TrainingPlan, found: GpuBackend): Promise<boolean> {
    const key = raceKey(plan);
    const known = results.get(key);
    if (known) return known === 'webgpu';
    const wasmMs = await found.stepMs(await parts.createWasmTrainer(plan), parts.now);
    const gpuMs = await found.createTrainer(plan).then(
      (trainer) => found.stepMs(trainer, parts.now),
      () => Infinity,
    );
    const isBetter = gpuMs < CLEARLY_FASTER * wasmMs;
    remember(key, isBetter ? 'webgpu' : parts.wasm);
    return isBetter;
  }

  return {
    name: parts.wanted || 'auto',
    async createTrainer(plan) {
      lastKey = raceKey(plan);
      const isTraining = plan.programs.train.length > 0;
      const winner = results.get(lastKey);
      const isKnownSlower = parts.wanted === '' && (winner ?? 'webgpu') !== 'webgpu';
      const mustRace = isTraining && parts.wanted === '' && winner === undefined;
      isProvisional = mustRace && !hasTrained && parts.mayHaveGpu;
      hasTrained ||= isTraining;
      if (isProvisional) return parts.createWasmTrainer(plan);
      const found = !isTraining || isKnownSlower ? null : await openGpu();
      refusal = wantsGpu ? noGpu : '';
      if (found && (wantsGpu || (await isGpuBetter(plan, found)))) {
        try {
          return await found.createTrainer(plan);
        } catch (error) {
          // An op or a size that this GPU cannot do, or the GPU itself is gone: WebAssembly can.
          if (wantsGpu) refusal = (error as Error).message;
        }
      }
      return parts.createWasmTrainer(plan);
    },
    isProvisional: () => isProvisional,
    refusal: () => refusal,
    giveUpGpu() {
      isGpuGivenUp = true;
      void gpu?.then((found) => found?.close());
      if (lastKey && parts.wanted !== 'tfjs-webgpu') remember(lastKey, parts.wasm);
    },
  };
}
