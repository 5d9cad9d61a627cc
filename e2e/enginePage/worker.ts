// Runs the trainer contract, and times steps, on this browser's WebGPU.

import { expose } from 'comlink';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { findModel } from '../../shared/engine/models.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme } from '../../shared/engine/scheme.ts';
import { describeTrainer } from '../../shared/engine/testing/trainerContract.ts';
import { createTfjsTrainer } from '../../shared/engine/tfjs/tfjsTrainer.ts';
import { openTfjsWebGpu } from '../../shared/engine/tfjs/openTfjsWebGpu.ts';
import { detectVariant } from '../../shared/engine/wasm/detectVariant.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { createWebGpuTrainer } from '../../shared/engine/webgpu/webgpuTrainer.ts';
import { requestGpuDevice } from '../../shared/engine/webgpu/requestGpuDevice.ts';
import { cases } from './suite.ts';

const device = requestGpuDevice();

async function deviceOrThrow(): Promise<GPUDevice> {
  const found = await device;
  if (!found) throw new Error('this browser has no WebGPU adapter');
  return found;
}

/** A software adapter takes about a second to compile a case, and compiles for as many at once as there are cores. */
const SOME_CASES = { share: 1 / 6, fuzzCases: 60, atOnce: 4 };
/** All of them run on its CPU backend, in Node (tfjsTrainer.test.ts): here its kernels change, none of ours. */
const FEW_CASES = { share: 1 / 20, fuzzCases: 10 };

for (const tiles of ['software', 'gpu'])
  describeTrainer(
    `${tiles} tiles`,
    async (plan) => createWebGpuTrainer(plan, await deviceOrThrow(), tiles === 'software'),
    SOME_CASES,
  );

describeTrainer(
  'TensorFlow.js',
  async (plan) => {
    const host = await openTfjsWebGpu();
    if (!host) throw new Error('this browser has no WebGPU adapter');
    return createTfjsTrainer(plan, host);
  },
  { ...FEW_CASES, trainsParts: false, enforcesBudget: false },
);

const api = {
  /** Description of the adapter, '' where there is none. */
  async adapter(): Promise<string> {
    const found = await device;
    if (!found) return '';
    const { vendor, architecture, description } = found.adapterInfo;
    return [vendor, architecture, description].filter(Boolean).join(' ') || 'an adapter without a name';
  },
  contractCases: () => [...cases.keys()],
  /** '' when it passes, else the failure. */
  async runContractCase(name: string): Promise<string> {
    try {
      await cases.get(name)!();
      return '';
    } catch (error) {
      return (error as Error).stack ?? String(error);
    }
  },
  /** Milliseconds of a step of a model trained whole, on WebGPU and on the fastest WASM. */
  async timeSteps(modelId: string, batch: number, steps: number): Promise<{ webgpu: number; wasm: number }> {
    const model = findModel(modelId);
    const plan = planTraining(model, fullScheme(model), { batch });
    const size = model.input.reduce((product, extent) => product * extent, 1);
    const samples = {
      inputs: Float32Array.from({ length: batch * size }, (_, index) => Math.sin(index)),
      labels: Uint8Array.from({ length: batch }, (_, index) => index % 10),
      count: batch,
    };
    const times = { webgpu: 0, wasm: 0 };
    for (const name of ['webgpu', 'wasm'] as const) {
      const trainer =
        name === 'wasm'
          ? createWasmTrainer(plan, detectVariant())
          : await createWebGpuTrainer(plan, await deviceOrThrow());
      const parameters = initialParameters(model, 1);
      trainer.load([...parameters.keys()], parameters);
      trainer.beginUpdate();
      for (let step = 0; step < 5; step++) trainer.step(samples, 0.01);
      await trainer.takeMetrics();
      const startedMs = performance.now();
      for (let step = 0; step < steps; step++) {
        trainer.step(samples, 0.01);
        await trainer.queueReady?.();
      }
      await trainer.takeMetrics();
      times[name] = (performance.now() - startedMs) / steps;
      trainer.dispose();
    }
    return times;
  },
};

/** What the Worker does for the page. */
export interface WebGpuWorkerApi {
  adapter(): Promise<string>;
  contractCases(): Promise<string[]>;
  runContractCase(name: string): Promise<string>;
  timeSteps(modelId: string, batch: number, steps: number): Promise<{ webgpu: number; wasm: number }>;
}

expose(api);
