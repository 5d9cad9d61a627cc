// The trainer on TensorFlow.js: the contract, in Node on its CPU backend. WebGPU passes it in e2e/webgpu.spec.ts.

import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { numParameters } from '../model.ts';
import { findModel } from '../models.ts';
import { planTraining } from '../planTraining.ts';
import { fullScheme } from '../scheme.ts';
import { describeTrainer } from '../testing/trainerContract.ts';
import { createTfjsTrainer, type TfjsHost } from './tfjsTrainer.ts';

await tf.setBackend('cpu');
const host: TfjsHost = {
  activate: () => void tf.setBackend('cpu'),
  heldBytes: () => tf.memory().numBytes,
  release: () => undefined,
};

describeTrainer('TensorFlow.js', (plan) => createTfjsTrainer(plan, host), {
  trainsParts: false,
  enforcesBudget: false,
});

it('counts what is carried into an update as trained', async () => {
  const model = findModel('mlp');
  const plan = planTraining(model, fullScheme(model), { batch: 2 });
  const trainer = createTfjsTrainer(plan, host);
  const carried = Float32Array.from({ length: numParameters(model) }, (_, index) => index % 7);
  (trainer.beginUpdate as (carried: Float32Array) => void)(carried);
  expect(await trainer.finishUpdate()).toEqual(carried);
  trainer.dispose();
});
