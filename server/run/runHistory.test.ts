import { expect, test } from 'vitest';
import type { StepRecord } from '../../shared/federation/events.ts';
import { createRunHistory } from './runHistory.ts';

const step = (version: number, ...staleness: number[]): StepRecord => ({
  version,
  atMs: version * 10,
  trigger: 'full',
  clipped: 0,
  updates: staleness.map((age) => ({
    deviceId: 'd',
    staleness: age,
    samples: 1,
    weight: 1,
    lossFirst: 1,
    lossLast: 1,
  })),
});
const evaluation = (version: number) => ({
  version,
  atMs: version * 10 + 5,
  score: version / 10,
  accuracy: version / 10,
  loss: 1 / version,
});

test('begins with what was kept, and tells what is new', () => {
  const history = createRunHistory([step(1, 0, 0), step(2, 1)], [evaluation(1)]);
  history.addStep(step(3, 0, 4));
  history.addEvaluation(evaluation(3));
  expect(history.after(0, -1)).toEqual({
    steps: { atMs: [10, 20, 30], version: [1, 2, 3] },
    evaluations: { atMs: [15, 35], version: [1, 3], score: [0.1, 0.3], loss: [1, 1 / 3] },
    staleness: [3, 1, 0, 0, 1],
  });
  expect(history.after(2, 15)).toMatchObject({ steps: { version: [3] }, evaluations: { version: [3] } });
  expect(history.after(3, 35)).toMatchObject({ steps: { version: [] }, evaluations: { version: [] } });
});

test('of a long run keeps the first and the newest, and points evenly between', () => {
  const history = createRunHistory(
    Array.from({ length: 20_000 }, (_, i) => step(i + 1, 0)),
    [],
  );
  const { steps, staleness } = history.after(0, -1);
  expect(steps.version.length).toBeLessThanOrEqual(4000);
  expect(steps.version.length).toBeGreaterThan(2000);
  expect([steps.version[0], steps.version.at(-1)]).toEqual([1, 20_000]);
  const gaps = steps.version.slice(1).map((version, i) => version - steps.version[i]!);
  expect(Math.min(...gaps)).toBeGreaterThan(0);
  expect(Math.max(...gaps)).toBe(8);
  expect(staleness).toEqual([20_000]);
});

test('very old updates share the last bar', () => {
  const { staleness } = createRunHistory([step(1, 5000, 200, 199)], []).after(0, -1);
  expect(staleness.length).toBe(201);
  expect(staleness.slice(-2)).toEqual([1, 2]);
});
