// The trainer on TensorFlow.js: the contract, in Node on its CPU backend. WebGPU passes it in e2e/tfjsWebgpu.spec.ts.

import * as tf from '@tensorflow/tfjs';
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
