// Minnow as a contender, in WebAssembly and on WebGPU: the whole batch at once, everything trained.

import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import type { Variant } from '../../../shared/engine/wasm/code/lanes.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import { createWebGpuTrainer } from '../../../shared/engine/webgpu/webgpuTrainer.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

export function createMinnowContender(model: ModelSpec, samples: Samples, variant: Variant): Contender {
  const trainer = createWasmTrainer(planOf(model, samples), variant);
  return contenderOf(trainer, variant, samples, async () => {});
}

/** The device is the caller's. Rejects where the plan does not fit it. */
export async function createMinnowWebGpuContender(
  model: ModelSpec,
  samples: Samples,
  device: GPUDevice,
): Promise<Contender> {
  const trainer = await createWebGpuTrainer(planOf(model, samples), device);
  return contenderOf(trainer, 'webgpu', samples, async () => void (await trainer.takeMetrics()));
}

function planOf(model: ModelSpec, { count }: Samples) {
  return planTraining(model, fullScheme(model), { batch: count });
}

function contenderOf(
  trainer: Trainer,
  backend: string,
  samples: Samples,
  settle: () => Promise<void>,
): Contender {
  const parameters = initialParameters(trainer.plan.model, 1);
  trainer.load([...parameters.keys()], parameters);
  trainer.beginUpdate();
  return {
    engine: 'minnow',
    backend,
    peakBytes: trainer.plan.stepBytes,
    async activate() {},
    step: () => trainer.step(samples, LEARNING_RATE),
    settle,
    dispose: () => trainer.dispose(),
  };
}
