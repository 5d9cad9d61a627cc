// Worked by hand, and against the definition of the AUC as a count over all pairs.

import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { aucOf, meanRecall, meanSquaredErrorOf, recallsOf, type Predictions } from './scores.ts';

const predict = (outputs: number, ...values: number[]): Predictions => ({
  count: values.length / outputs,
  outputs,
  values: Float32Array.from(values),
});
const NONE = new Uint8Array(0);

describe('recall', () => {
  test('of three classes, one of them without samples', () => {
    // Said to be 0, 1, 1, 0; are 0, 1, 0, 0: two of three zeros and the one one are found.
    const predictions = predict(3, 0.5, 0.3, 0.2, 0.1, 0.8, 0.1, 0.2, 0.7, 0.1, 0.9, 0, 0.1);
    const recalls = recallsOf(predictions, { labels: Uint8Array.of(0, 1, 0, 0) });
    expect(recalls).toEqual([2 / 3, 1, -1]);
    expect(meanRecall(recalls)).toBeCloseTo(5 / 6, 12);
  });

  test('of a single output is that of off and of on', () => {
    const truth = { labels: NONE, targets: Float32Array.of(1, 1, 1, 1, 0, 0) };
    expect(recallsOf(predict(1, 0.9, 0.6, 0.4, 0.51, 0.2, 0.8), truth)).toEqual([0.5, 0.75]);
  });

  test('of several bits is that of each bit that is set', () => {
    const truth = { labels: NONE, targets: Float32Array.of(1, 0, 1, 1) };
    expect(recallsOf(predict(2, 0.9, 0.9, 0.1, 0.8), truth)).toEqual([0.5, 1]);
  });
});

describe('AUC', () => {
  test('of the textbook four is 3 of 4 pairs in order', () => {
    const truth = { labels: NONE, targets: Float32Array.of(0, 0, 1, 1) };
    expect(aucOf(predict(1, 0.1, 0.4, 0.35, 0.8), truth)).toBe(0.75);
  });

  test('counts a tie as half', () => {
    const truth = { labels: NONE, targets: Float32Array.of(1, 0, 0, 1) };
    // Pairs: 0.5 with 0.5 (half), 0.5 with 0.2, 0.9 with 0.5, 0.9 with 0.2.
    expect(aucOf(predict(1, 0.5, 0.5, 0.2, 0.9), truth)).toBe(3.5 / 4);
    expect(aucOf(predict(1, 0.5, 0.5, 0.5, 0.5), truth)).toBe(0.5);
  });

  test('of two classes is that of the second', () => {
    const predictions = predict(2, 0.9, 0.1, 0.6, 0.4, 0.65, 0.35, 0.2, 0.8);
    expect(aucOf(predictions, { labels: Uint8Array.of(0, 0, 1, 1) })).toBe(0.75);
  });

  test('leaves out a class that has no negatives or positives, and is -1 where all have none', () => {
    const truth = { labels: NONE, targets: Float32Array.of(1, 0, 1, 1) };
    expect(aucOf(predict(2, 0.5, 0.1, 0.5, 0.9), truth)).toBe(1);
    expect(aucOf(predict(1, 0.5, 0.4), { labels: NONE, targets: Float32Array.of(1, 1) })).toBe(-1);
  });

  test('of three classes is the mean of each against the rest, as counting all pairs gives it', () => {
    const random = createRandom(5);
    const numSamples = 200;
    const labels = Uint8Array.from({ length: numSamples }, () => random.integer(3));
    // Few distinct values, so that there are ties; better than chance.
    const values = Array.from({ length: 3 * numSamples }, (_, i) =>
      Math.round((random.uniform() + (labels[Math.floor(i / 3)] === i % 3 ? 0.4 : 0)) * 10),
    );
    const areas = [0, 1, 2].map((k) => {
      let won = 0;
      let pairs = 0;
      for (let p = 0; p < numSamples; p++)
        for (let n = 0; n < numSamples; n++) {
          if (labels[p] !== k || labels[n] === k) continue;
          const [above, below] = [values[3 * p + k]!, values[3 * n + k]!];
          won += above > below ? 1 : above === below ? 0.5 : 0;
          pairs++;
        }
      return won / pairs;
    });
    const auc = aucOf(predict(3, ...values), { labels });
    expect(auc).toBeGreaterThan(0.6);
    expect(auc).toBeCloseTo((areas[0]! + areas[1]! + areas[2]!) / 3, 12);
  });
});

test('mean squared error is over samples and outputs', () => {
  expect(meanSquaredErrorOf(predict(2, 1, 2, 3, 4), Float32Array.of(1, 0, 0, 4))).toBe((4 + 9) / 4);
});
