import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DivergenceError } from '../engine/errors.ts';
import { initialParameters } from '../engine/initialParameters.ts';
import { planTraining } from '../engine/planTraining.ts';
import { createReferenceTrainer } from '../engine/reference/referenceTrainer.ts';
import { fullScheme, layerScheme } from '../engine/scheme.ts';
import type { Trainer } from '../engine/trainer.ts';
import { createWasmTrainer } from '../engine/wasm/wasmTrainer.ts';
import { labelOffsets, trainCalibrated } from './labelCalibration.ts';
import { trainLocally, type LocalTrainingOptions } from './localTraining.ts';
import { shuffledBatches, type Shard } from './shard.ts';
import { createManualClock } from './testing/manualClock.ts';
import { SMALL_TASK } from './testing/smallTask.ts';

const { model } = SMALL_TASK;
const START = initialParameters(model, 5);
const LOCAL_WORK = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };

/** Thirty samples of the first class, six of the second, none of the third. */
function unevenShard(): Shard {
  const labels = Uint8Array.from({ length: 36 }, (_, i) => (i < 30 ? 0 : 1));
  const inputs = Uint8Array.from(
    { length: 36 * 12 },
    (_, i) => (i * 37 + (i % 12) * labels[(i / 12) | 0]! * 40) % 256,
  );
  return { samples: 36, sampleSize: 12, inputs, labels, targets: null } as unknown as Shard;
}

const SHARD = unevenShard();

function optionsFor(trainer: Trainer, change: Partial<LocalTrainingOptions> = {}): LocalTrainingOptions {
  trainer.load([...START.keys()], START);
  return {
    trainer,
    shard: SHARD,
    staging: SMALL_TASK,
    localWork: LOCAL_WORK,
    seed: 3,
    flopsPerSecond: 0,
    clock: createManualClock(),
    signal: new AbortController().signal,
    mayGoOn: () => Promise.resolve(false),
    stepped: () => undefined,
    ...change,
  };
}

/** By TensorFlow.js: plain SGD on the cross-entropy of logits with the offsets added, over the same batches. */
function oracleDelta(offsets: Float32Array): number[] {
  const shapes = [[12, 16], [16], [16, 3], [3]];
  let weights = START.map((values, i) => tf.tensor(values, shapes[i]!));
  const before = weights.map((weight) => weight.dataSync().slice());
  const batches = shuffledBatches(SHARD, LOCAL_WORK.batch, SMALL_TASK, 3);
  for (let step = 0; step < 10; step++) {
    const { inputs, labels, count, scale = 1, offset = 0 } = batches.next().value;
    const x = tf.tensor2d(
      Float32Array.from(inputs.subarray(0, count * 12), (v) => v * scale + offset),
      [count, 12],
    );
    const y = tf.oneHot(tf.tensor1d(Int32Array.from(labels.subarray(0, count)), 'int32'), 3);
    const loss = (w1: tf.Tensor, b1: tf.Tensor, w2: tf.Tensor, b2: tf.Tensor): tf.Scalar => {
      const hidden = tf.relu(tf.add(tf.matMul(x, w1 as tf.Tensor2D), b1));
      const logits = tf.add(
        tf.add(tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D), b2),
        tf.tensor1d(offsets),
      );
      return tf.losses.softmaxCrossEntropy(y, logits);
    };
    const { grads } = { grads: tf.grads(loss as never)(weights as never) };
    weights = weights.map((weight, i) => tf.sub(weight, tf.mul(grads[i]!, LOCAL_WORK.learningRate)));
  }
  return weights.flatMap((weight, i) => Array.from(weight.dataSync(), (value, j) => value - before[i]![j]!));
}

describe.each([
  ['reference', createReferenceTrainer],
  ['wasm', createWasmTrainer],
] as const)('training calibrated by labels with the %s trainer', (_, createTrainer) => {
  const plan = planTraining(model, fullScheme(model), { batch: 8 });

  it.each([1, 0.5])(
    'at strength %d gives what TensorFlow.js makes of logits shifted by the counts',
    async (strength) => {
      const offsets = labelOffsets(SHARD.labels, 3, strength);
      const result = (await trainCalibrated(trainLocally, optionsFor(createTrainer(plan)), strength))!;
      const expected = oracleDelta(offsets);
      const largest = Math.max(...expected.map(Math.abs));
      expect(result.summary.steps).toBe(10);
      expected.forEach((value, i) => expect(Math.abs(result.delta[i]! - value)).toBeLessThan(2e-4 * largest));
      const plain = oracleDelta(new Float32Array(3));
      expect(Math.max(...plain.map((value, i) => Math.abs(value - expected[i]!)))).toBeGreaterThan(
        0.1 * largest,
      );
    },
  );

  it('of strength 0 is plain training', async () => {
    const plain = (await trainLocally(optionsFor(createTrainer(plan))))!;
    const result = (await trainCalibrated(trainLocally, optionsFor(createTrainer(plan)), 0))!;
    expect(result.delta).toEqual(plain.delta);
  });

  it('that diverges leaves the parameters as they were, bit by bit', async () => {
    const trainer = createTrainer(plan);
    const options = optionsFor(trainer, { localWork: { ...LOCAL_WORK, learningRate: 1e30 } });
    await expect(trainCalibrated(trainLocally, options, 1)).rejects.toThrow(DivergenceError);
    expect(await trainer.read()).toEqual(START);
  });

  it('leaves a bias that is frozen as it is', async () => {
    const trainer = createTrainer(planTraining(model, layerScheme(model, ['hidden']), { batch: 8 }));
    const result = (await trainCalibrated(trainLocally, optionsFor(trainer), 1))!;
    expect(await trainer.read([3])).toEqual([START[3]]);
    const plain = (await trainLocally(
      optionsFor(createTrainer(planTraining(model, layerScheme(model, ['hidden']), { batch: 8 }))),
    ))!;
    expect(result.delta).toEqual(plain.delta);
  });
});

it('shifts by the logarithm of the counts, those of the most frequent class by nothing', () => {
  const [first, second, third] = labelOffsets(SHARD.labels, 3, 2);
  expect(first).toBe(0);
  expect(second).toBeCloseTo(2 * Math.log(7 / 31), 5);
  expect(third).toBeCloseTo(2 * Math.log(1 / 31), 5);
});
