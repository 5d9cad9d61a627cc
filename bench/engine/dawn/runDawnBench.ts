// The WebGPU contenders in Node, on whatever adapter Dawn finds. Knows nothing of browsers.

import type { ModelSpec } from '../../../shared/engine/model.ts';
import { machineOf } from '../machine.ts';
import type { EngineResult, EngineRow } from '../engineResult.ts';
import type { Contender } from '../page/contender.ts';
import { measureModel, randomSamples } from '../page/measureModel.ts';
import { createMinnowWebGpuContender } from '../page/minnowContender.ts';
import { openDawn } from './openDawn.ts';

export interface DawnBenchOptions {
  readonly models: readonly ModelSpec[];
  readonly minnowOnly: boolean;
  /** Progress, and why a contender cannot take part. */
  log(line: string): void;
}

/** Rejects where Dawn finds no adapter. */
export async function runDawnBench({ models, minnowOnly, log }: DawnBenchOptions): Promise<EngineResult> {
  const dawn = await openDawn();
  if (!dawn)
    throw new Error(
      'Dawn found no WebGPU adapter here: it needs a GPU with a Vulkan driver (Linux), Metal (macOS) or Direct3D 12 (Windows).',
    );
  log(`adapter: ${dawn.adapter}`);
  // They look for WebGPU while they are loaded.
  const { createTfjsContender } = await import('../page/tfjsContender.ts');
  const { createJaxContender } = await import('../page/jaxContender.ts');
  const rows: EngineRow[] = [];
  for (const model of models) {
    const samples = randomSamples(model);
    const entries: Record<string, () => Promise<Contender>> = {
      minnow: () => createMinnowWebGpuContender(model, samples, dawn.device),
      ...(minnowOnly
        ? {}
        : {
            tfjs: () => createTfjsContender(model, samples, 'webgpu'),
            'jax-js': () => createJaxContender(model, samples, 'webgpu'),
          }),
    };
    const contenders: Contender[] = [];
    for (const [name, create] of Object.entries(entries)) {
      try {
        contenders.push(await create());
      } catch (error) {
        log(`${model.id}: ${name} webgpu cannot: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    rows.push(...(await measureModel(model, contenders, () => {}, log)));
  }
  dawn.close();
  const machine = { ...machineOf(), browser: `Node ${process.versions.node}, Dawn`, adapter: dawn.adapter };
  return { machine, peakGflops: null, rows };
}
