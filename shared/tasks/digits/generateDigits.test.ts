import { describe, expect, test } from 'vitest';
import { createRandom } from '../../random.ts';
import type { Dataset } from '../task.ts';
import { DIGIT_SIDE, generateDigits, generateWriters } from './generateDigits.ts';

const PIXELS = DIGIT_SIDE * DIGIT_SIDE;

describe('generateDigits', () => {
  const data = generateDigits(1);

  test('gives 12,000 training and 2,000 test samples, ten classes alike', () => {
    expect(data.train.count).toBe(12_000);
    expect(data.test.count).toBe(2_000);
    for (const part of [data.train, data.test]) {
      expect(part.inputs.length).toBe(part.count * PIXELS);
      const counts = Array.from({ length: 10 }, (_, digit) => part.labels.filter((l) => l === digit).length);
      expect(counts).toEqual(Array.from({ length: 10 }, () => part.count / 10));
    }
  });

  test('tests on writers that nobody trains on', () => {
    const trained = new Set(data.train.groups);
    expect(trained.size).toBe(160);
    expect([...new Set(data.test.groups)].filter((writer) => trained.has(writer))).toEqual([]);
  });

  test('gives the same bytes for the same seed and others for another', () => {
    const again = generateWriters(1, 0, 3, 75);
    expect(again.inputs).toEqual(data.train.inputs.subarray(0, again.inputs.length));
    expect(generateWriters(2, 0, 3, 75).inputs).not.toEqual(again.inputs);
  });

  test('draws every digit with ink that stays inside the picture', () => {
    for (let sample = 0; sample < data.test.count; sample++) {
      const image = data.test.inputs.subarray(sample * PIXELS, (sample + 1) * PIXELS);
      const inked = [...image].filter((value) => value > 127).length;
      expect(inked, `sample ${sample}`).toBeGreaterThan(12);
      expect(inked, `sample ${sample}`).toBeLessThan(PIXELS / 2);
    }
  });

  test('is too hard for a linear model: softmax regression stays under 90 % at every epoch, and learns', () => {
    const accuracies = softmaxRegression(data.train, data.test, { epochs: 14, learningRate: 0.01 });
    expect(Math.max(...accuracies)).toBeLessThan(0.9);
    expect(accuracies.at(-1)).toBeGreaterThan(0.8);
  });
});

/** Trains 784 -> 10 by stochastic gradient descent; the test accuracy after each epoch. */
function softmaxRegression(
  train: Dataset,
  test: Dataset,
  { epochs, learningRate }: { epochs: number; learningRate: number },
): number[] {
  const weight = new Float32Array((PIXELS + 1) * 10);
  const logits = new Float64Array(10);
  const random = createRandom(5);
  const order = Uint32Array.from({ length: train.count }, (_, i) => i);

  function forward(data: Dataset, sample: number): number {
    logits.set(weight.subarray(PIXELS * 10));
    for (let p = 0; p < PIXELS; p++) {
      const x = data.inputs[sample * PIXELS + p]! / 255;
      if (x > 0) for (let c = 0; c < 10; c++) logits[c]! += x * weight[p * 10 + c]!;
    }
    return logits.indexOf(Math.max(...logits));
  }
  return Array.from({ length: epochs }, (_, epoch) => {
    random.shuffle(order);
    const rate = learningRate / (1 + epoch / 4);
    for (const sample of order) {
      const top = logits[forward(train, sample)]!;
      const sum = logits.reduce((total, logit) => total + Math.exp(logit - top), 0);
      const steps = logits.map(
        (logit, c) => rate * (Math.exp(logit - top) / sum - (c === train.labels[sample] ? 1 : 0)),
      );
      for (let p = 0; p <= PIXELS; p++) {
        const x = p === PIXELS ? 1 : train.inputs[sample * PIXELS + p]! / 255;
        if (x > 0) for (let c = 0; c < 10; c++) weight[p * 10 + c]! -= x * steps[c]!;
      }
    }
    let correct = 0;
    for (let sample = 0; sample < test.count; sample++) {
      if (forward(test, sample) === test.labels[sample]) correct++;
    }
    return correct / test.count;
  });
}
