// Which backend is taken, with real trainers on both sides (WebAssembly stands in for the GPU's) and a clock of our own.

import { expect, test } from 'vitest';
import { findModel } from '../../shared/engine/models.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { EMPTY_SCHEME, fullScheme } from '../../shared/engine/scheme.ts';
import type { BackendName, Trainer } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { createBackendChoice, NO_WEBGPU, raceKey, type RaceResults } from './backendChoice.ts';
import { stepMs } from './stepMs.ts';

const MLP = findModel('mlp');
const PLAN = planTraining(MLP, fullScheme(MLP), { batch: 4 });

interface Setting {
  wanted?: BackendName | '';
  wasmStepMs?: number;
  gpuStepMs?: number;
  hasGpu?: boolean;
  /** What creating the GPU's trainer throws. */
  refusal?: Error;
  raceResults?: RaceResults;
}

function setUp({ wanted = '', wasmStepMs = 1, gpuStepMs = 1, hasGpu = true, ...rest }: Setting = {}) {
  let nowMs = 0;
  let numAlive = 0;
  const log: string[] = [];
  function trainer(plan: TrainingPlan, backend: BackendName, stepMs: number): Trainer {
    const real = createWasmTrainer(plan, 'simd');
    expect(numAlive, 'never two arenas').toBe(0);
    numAlive++;
    log.push(backend);
    return {
      ...real,
      backend,
      step(batch, learningRate) {
        nowMs += stepMs;
        real.step(batch, learningRate);
      },
      dispose() {
        numAlive--;
        real.dispose();
      },
    };
  }
  const choice = createBackendChoice({
    wanted,
    wasm: 'wasm-simd',
    createWasmTrainer: (plan) => trainer(plan, 'wasm-simd', wasmStepMs),
    mayHaveGpu: hasGpu,
    async openGpu() {
      log.push('open');
      if (!hasGpu) return null;
      return {
        stepMs,
        async createTrainer(plan) {
          if (rest.refusal) throw rest.refusal;
          return trainer(plan, 'webgpu', gpuStepMs);
        },
        close: () => log.push('close'),
      };
    },
    now: () => nowMs,
    raceResults: rest.raceResults ?? {},
    raced: (key, winner) => log.push(`${winner} wins ${key}`),
  });
  return { choice, log };
}
type Choice = ReturnType<typeof setUp>['choice'];

/** The trainer after the first one, which on a first visit is WebAssembly's. */
async function createSecond(choice: Choice): Promise<Trainer> {
  (await choice.createTrainer(PLAN)).dispose();
  return choice.createTrainer(PLAN);
}
const won = (winner: string): string => `${winner} wins ${raceKey(PLAN)}`;

test('the backend that is asked for is taken without a race', async () => {
  const wasm = setUp({ wanted: 'wasm-simd', wasmStepMs: 9 });
  expect((await wasm.choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  expect(wasm.log).toEqual(['wasm-simd']);
  const gpu = setUp({ wanted: 'webgpu', gpuStepMs: 9 });
  expect((await gpu.choice.createTrainer(PLAN)).backend).toBe('webgpu');
  expect(gpu.log).toEqual(['open', 'webgpu']);
});

test('left alone, the first trainer is WebAssembly without a race, and a provisional one', async () => {
  const { choice, log } = setUp({ gpuStepMs: 0.1 });
  expect((await choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  expect([choice.isProvisional(), log]).toEqual([true, ['wasm-simd']]);
  const without = setUp({ hasGpu: false });
  await without.choice.createTrainer(PLAN);
  expect(without.choice.isProvisional()).toBe(false);
});

test('then WebGPU is taken where it is clearly faster, WebAssembly where it is not', async () => {
  const faster = setUp({ wasmStepMs: 10, gpuStepMs: 2 });
  expect((await createSecond(faster.choice)).backend).toBe('webgpu');
  expect(faster.log.slice(1)).toEqual(['open', 'wasm-simd', 'webgpu', won('webgpu'), 'webgpu']);
  expect(faster.choice.isProvisional()).toBe(false);
  const hardly = setUp({ wasmStepMs: 10, gpuStepMs: 9 });
  expect((await createSecond(hardly.choice)).backend).toBe('wasm-simd');
  expect(hardly.log.at(-2)).toBe(won('wasm-simd'));
});

test('a race that was run before on this device is not run again', async () => {
  const known = setUp({ raceResults: { [raceKey(PLAN)]: 'webgpu' } });
  expect((await known.choice.createTrainer(PLAN)).backend).toBe('webgpu');
  expect(known.log).toEqual(['open', 'webgpu']);
  const slower = setUp({ raceResults: { [raceKey(PLAN)]: 'wasm-simd' } });
  await slower.choice.createTrainer(PLAN);
  expect(slower.log).toEqual(['wasm-simd']);
});

test('WebAssembly trains what the GPU cannot, and evaluates', async () => {
  const absent = setUp({ wanted: 'webgpu', hasGpu: false });
  expect((await absent.choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  const refused = setUp({ wanted: 'webgpu', refusal: new RangeError('op "x" is not yet on WebGPU') });
  expect((await refused.choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  const slow = setUp({ refusal: new RangeError('op "x" is not yet on WebGPU') });
  expect((await createSecond(slow.choice)).backend).toBe('wasm-simd');
  const evaluating = setUp();
  await evaluating.choice.createTrainer(planTraining(MLP, EMPTY_SCHEME, { batch: 4 }));
  expect(evaluating.log).toEqual(['wasm-simd']);
});

async function refusalOf(setting: Setting): Promise<string> {
  const { choice } = setUp(setting);
  await choice.createTrainer(PLAN);
  return choice.refusal();
}

test('whoever asks for a backend is told why the trainer is on another one', async () => {
  expect(await refusalOf({ wanted: 'webgpu', hasGpu: false })).toBe(NO_WEBGPU);
  const refusal = new RangeError('op "x" is not yet on WebGPU');
  expect(await refusalOf({ wanted: 'tfjs-webgpu', refusal })).toBe(refusal.message);
  expect(await refusalOf({ wanted: 'tfjs-webgpu' })).toBe('');
  expect(await refusalOf({ refusal })).toBe('');
});

test('what becomes of TensorFlow.js says nothing of which of our backends is faster', async () => {
  const { choice, log } = setUp({ wanted: 'tfjs-webgpu' });
  (await choice.createTrainer(PLAN)).dispose();
  choice.giveUpGpu();
  expect((await choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  expect(log).toEqual(['open', 'webgpu', 'close', 'wasm-simd']);
});

test('a GPU that has failed is given up for good', async () => {
  const { choice, log } = setUp({ wanted: 'webgpu' });
  (await choice.createTrainer(PLAN)).dispose();
  choice.giveUpGpu();
  expect((await choice.createTrainer(PLAN)).backend).toBe('wasm-simd');
  expect(log).toEqual(['open', 'webgpu', won('wasm-simd'), 'close', 'wasm-simd']);
});
