// Minnow as a contender: the whole batch at once, everything trained.

import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import type { ModelSpec } from '../../../shared/engine/model.ts';
import { planTraining } from '../../../shared/engine/planTraining.ts';
import { fullScheme } from '../../../shared/engine/scheme.ts';
import type { Variant } from '../../../shared/engine/wasm/lanes.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import { LEARNING_RATE } from './contender.ts';
import type { Contender, Samples } from './contender.ts';

export function createMinnowContender(model: ModelSpec, samples: Samples, variant: Variant): Contender {
  const plan = planTraining(model, fullScheme(model), { batch: samples.count });
  const trainer = createWasmTrainer(plan, variant);
  const parameters = initialParameters(model, 1);
  trainer.load([...parameters.keys()], parameters);
  trainer.beginUpdate();
  return {
    engine: 'minnow',
    backend: variant,
    peakBytes: plan.stepBytes,
    async activate() {},
    step: () => trainer.step(samples, LEARNING_RATE),
    dispose: () => trainer.dispose(),
  };
}
