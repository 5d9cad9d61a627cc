import { expect, test } from 'vitest';
import { compareRows, type ExperimentRow } from './compareRows.ts';
import { meanInterval } from './meanInterval.ts';

function row(strategy: string, seed: number, changes: Partial<ExperimentRow> = {}): ExperimentRow {
  return {
    task: 'digits',
    condition: {},
    strategy,
    subset: 'full',
    stragglers: 0.9,
    devices: 10,
    seed,
    timeToTarget: 100,
    finalAccuracy: 0.8,
    deviceBytes: 1000,
    stepBytes: 900,
    payloadBytes: 5000,
    versions: 10,
    accepted: 50,
    refused: 0,
    totalFlops: 1e9,
    stragglerWeightShare: 0.5,
    metric: 'accuracy',
    finalScore: changes.finalAccuracy ?? 0.8,
    ended: 'updates',
    cause: null,
    figures: { payloadToTarget: 2000 },
    ...changes,
  };
}

test('what is saved is 1 - ours/theirs, and accuracy is compared seed by seed', () => {
  const rows = [
    row('theirs', 1, { finalAccuracy: 0.8 }),
    row('theirs', 2, { finalAccuracy: 0.7 }),
    row('ours', 1, { timeToTarget: 10, deviceBytes: 200, payloadBytes: 500, finalAccuracy: 0.81 }),
    row('ours', 2, { timeToTarget: 30, deviceBytes: 200, payloadBytes: 500, finalAccuracy: 0.73 }),
  ];
  const [relative] = compareRows(rows, ['theirs']);
  expect(relative).toMatchObject({
    strategy: 'ours',
    against: 'theirs',
    time: 0.8,
    memory: 0.8,
    payload: 0.9,
  });
  // Differences of 1 and 3 points: mean 2, standard error 1, t(1) = 12.706.
  expect(relative!.accuracyPoints).toBeCloseTo(2, 9);
  expect(relative!.ci95![0]).toBeCloseTo(2 - 12.706, 6);
  expect(relative!.ci95![1]).toBeCloseTo(2 + 12.706, 6);
});

test('what is spent has an interval of the ratios of pairs, and conditions are compared within themselves', () => {
  const a = { task: 'a' };
  const rows = [
    row('theirs', 1, { condition: a }),
    row('theirs', 2, { condition: a }),
    row('ours', 1, { condition: a, timeToTarget: 10 }),
    row('ours', 2, { condition: a, timeToTarget: 20 }),
    row('ours', 1, { condition: { task: 'b' } }),
  ];
  const relative = compareRows(rows, ['theirs']);
  expect(relative).toHaveLength(1);
  expect(relative[0]).toMatchObject({ condition: a, time: 0.85, payloadToTarget: 0 });
  // Ratios of 1/10 and 1/5: the geometric mean is 1/sqrt(50), the error of its logarithm ln(2)/2.
  const half = (12.706 * Math.log(2)) / 2;
  expect(relative[0]!.timeCi95![0]).toBeCloseTo(1 - Math.exp(half) / Math.sqrt(50), 6);
  expect(relative[0]!.timeCi95![1]).toBeCloseTo(1 - Math.exp(-half) / Math.sqrt(50), 6);
  expect(relative[0]!.memoryCi95).toEqual([0, 0]);
});

test('a miss in one seed leaves no time, whoever missed', () => {
  const rows = [
    row('theirs', 1),
    row('theirs', 2),
    row('ours', 1, { timeToTarget: null }),
    row('ours', 2, { timeToTarget: 1 }),
  ];
  expect(compareRows(rows, ['theirs'])[0]).toMatchObject({ time: null, memory: 0 });
  expect(compareRows(rows, ['ours'])[0]).toMatchObject({ strategy: 'theirs', time: null });
});

test('seeds that one of the two lacks are not compared; one seed has no interval', () => {
  const rows = [
    row('theirs', 1),
    row('ours', 1, { finalAccuracy: 0.79 }),
    row('ours', 2, { finalAccuracy: 0.1 }),
  ];
  const [relative] = compareRows(rows, ['theirs']);
  expect(relative!.accuracyPoints).toBeCloseTo(-1, 9);
  expect(relative!.ci95).toBeNull();
});

test("the interval is Student's t", () => {
  // R: t.test(c(1, 2, 4)): 2.333 with 95 % interval -1.461 ... 6.128
  const { mean, half } = meanInterval([1, 2, 4]);
  expect(mean - half!).toBeCloseTo(-1.461, 2);
  expect(mean + half!).toBeCloseTo(6.128, 2);
  expect(() => meanInterval([])).toThrow(RangeError);
});

test('where the metric is another, that is what is compared', () => {
  const changes = { metric: 'mse', finalAccuracy: -1 } as const;
  const rows = [
    row('theirs', 1, { ...changes, finalScore: 0.5 }),
    row('ours', 1, { ...changes, finalScore: 0.25 }),
  ];
  expect(compareRows(rows, ['theirs'])[0]!.accuracyPoints).toBe(-0.25);
});

test('nothing spent is nothing to compare with', () => {
  const rows = [row('theirs', 1, { payloadBytes: 0, deviceBytes: 0 }), row('ours', 1)];
  expect(compareRows(rows, ['theirs'])[0]).toMatchObject({ payload: null, memory: null });
});
