// How hard the task is for its own model, by real training; the linear bound is in generateDigits.test.ts.

import { expect, test } from 'vitest';
import { initialParameters } from '../../engine/initialParameters.ts';
import { planTraining } from '../../engine/planTraining.ts';
import { fullScheme, layerScheme, type UpdateScheme } from '../../engine/scheme.ts';
import { createWasmTrainer } from '../../engine/wasm/wasmTrainer.ts';
import { createRandom } from '../../random.ts';
import { findTask } from '../tasks.ts';
import { generateDigits } from './generateDigits.ts';

const task = findTask('digits');
const data = generateDigits(1);
const BATCH = 16;

/** Test accuracy after training a scheme from the initial parameters. */
async function accuracyAfter(scheme: UpdateScheme, epochs: number): Promise<number> {
  const trainer = createWasmTrainer(planTraining(task.model, scheme, { batch: BATCH }));
  const initial = initialParameters(task.model, 1);
  trainer.load([...initial.keys()], initial);
  const pixels = data.test.inputs.length / data.test.count;
  const staging = { count: BATCH, scale: task.scale, offset: task.offset };
  const random = createRandom(1);
  const order = Uint32Array.from({ length: data.train.count }, (_, i) => i);
  const inputs = new Uint8Array(BATCH * pixels);
  trainer.beginUpdate();
  for (let epoch = 0; epoch < epochs; epoch++) {
    random.shuffle(order);
    for (let start = 0; start < order.length; start += BATCH) {
      const samples = order.subarray(start, start + BATCH);
      samples.forEach((sample, i) =>
        inputs.set(data.train.inputs.subarray(sample * pixels, (sample + 1) * pixels), i * pixels),
      );
      const labels = Uint8Array.from(samples, (sample) => data.train.labels[sample]!);
      trainer.step({ ...staging, inputs, labels }, task.localWork.learningRate);
    }
  }
  await trainer.takeMetrics();
  for (let start = 0; start < data.test.count; start += BATCH) {
    trainer.evaluate({
      ...staging,
      inputs: data.test.inputs.subarray(start * pixels, (start + BATCH) * pixels),
      labels: data.test.labels.subarray(start, start + BATCH),
    });
  }
  const { correct, samples } = await trainer.takeMetrics();
  trainer.dispose();
  return correct / samples;
}

test('the convolutional model learns digits far better than a linear one can', async () => {
  expect(await accuracyAfter(fullScheme(task.model), 2)).toBeGreaterThan(0.94);
});

test('its last layer alone, over features that nobody trained, passes the target', async () => {
  expect(await accuracyAfter(layerScheme(task.model, ['dense1']), 3)).toBeGreaterThan(task.target);
});
