// A task of a few hundred parameters for tests of the device: two layers, three classes, samples of one seed.

import type { ModelSpec } from '../../engine/model.ts';
import type { TaskInfo } from '../../contract/messages.ts';
import { createRandom } from '../../random.ts';

const MODEL: ModelSpec = {
  id: 'small',
  input: [12],
  layers: [
    { kind: 'dense', name: 'hidden', units: 16 },
    { kind: 'relu', name: 'relu' },
    { kind: 'dense', name: 'head', units: 3 },
  ],
  loss: 'softmaxCrossEntropy',
};

export const SMALL_TASK: TaskInfo = {
  id: 'small',
  title: 'Small',
  model: MODEL,
  classes: ['a', 'b', 'c'],
  inputs: 'uint8',
  scale: 1 / 255,
  offset: 0,
  metric: 'accuracy',
};

/** `[samples, 12]` inputs and then labels, as a shard travels: a class lights up its own four features. */
export function smallShardData(samples: number): ArrayBuffer {
  const random = createRandom(11);
  const bytes = new Uint8Array(samples * 13);
  for (let i = 0; i < samples; i++) {
    const label = i % 3;
    bytes[12 * samples + i] = label;
    for (let j = 0; j < 12; j++) bytes[12 * i + j] = random.integer(100) + (j % 3 === label ? 150 : 0);
  }
  return bytes.buffer;
}
