// What has diverged is told by its loss, on every variant alike: kernels go on with what is not a number.

import { setFlagsFromString } from 'node:v8';
import { expect, test } from 'vitest';
import { parametersOf, type ModelSpec } from '../model.ts';
import { planTraining } from '../planTraining.ts';
import { fullScheme } from '../scheme.ts';
import { canRun } from './detectVariant.ts';
import { createWasmTrainer } from './wasmTrainer.ts';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const ENDINGS = ['softmaxCrossEntropy', 'binaryCrossEntropy', 'meanSquaredError'] as const;

for (const variant of ['scalar', 'simd', 'relaxed'] as const)
  test.skipIf(!canRun(variant))(
    `${variant}: a step on weights that are NaN gives a loss that is NaN`,
    async () => {
      for (const loss of ENDINGS)
        for (const kind of ['sigmoid', 'tanh', 'elu'] as const) {
          const model: ModelSpec = {
            id: `${kind}-${loss}`,
            input: [3],
            layers: [
              { kind: 'dense', name: 'hidden', units: 5 },
              { kind, name: 'activation' },
              { kind: 'dense', name: 'output', units: 2 },
            ],
            loss,
          };
          const trainer = createWasmTrainer(planTraining(model, fullScheme(model), { batch: 2 }), variant);
          const parameters = parametersOf(model).map(({ size }) => new Float32Array(size).fill(NaN));
          trainer.load([...parameters.keys()], parameters);
          trainer.beginUpdate();
          const inputs = Float32Array.of(1, 2, 3, 4, 5, 6);
          trainer.step(
            { inputs, labels: Uint8Array.of(0, 1), targets: Float32Array.of(0, 1, 1, 0), count: 2 },
            0.1,
          );
          expect((await trainer.takeMetrics()).lossSum, model.id).toBeNaN();
          trainer.dispose();
        }
    },
  );
