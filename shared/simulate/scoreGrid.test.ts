import { expect, test } from 'vitest';
import { createScoreGrid, timeToTarget } from './scoreGrid.ts';

const COST = { updates: 0, payloadBytes: 0 };
const points = (scores: readonly number[]) =>
  scores.map((score, i) => ({
    ...COST,
    virtualSeconds: 10 * i,
    version: i,
    score,
    accuracy: score,
    loss: 0,
  }));

test('the target is reached at the first of three in a row', () => {
  expect(timeToTarget(points([0.1, 0.9, 0.9, 0.2, 0.9, 0.91, 0.95, 0.1]), 'accuracy', 0.9)).toBe(40);
  expect(timeToTarget(points([0.9, 0.9, 0.2, 0.9, 0.9]), 'accuracy', 0.9)).toBeNull();
  expect(timeToTarget([], 'accuracy', 0.9)).toBeNull();
  expect(timeToTarget(points([0.5, 0.2, 0.1, 0.2]), 'mse', 0.3)).toBe(10);
});

test('a version that is seen twice is scored once', async () => {
  const asked: number[] = [];
  const grid = createScoreGrid(500, (_parameters, dueMs) => {
    asked.push(dueMs);
    return {
      outcome: Promise.resolve({ score: asked.length, accuracy: 0, loss: 0 }),
      cancel: () => {},
    };
  });
  for (const version of [0, 0, 1, 1, 1, 4])
    grid.note(version, [], { updates: 10 * version, payloadBytes: 7 });
  expect(grid.nextAtMs).toBe(3000);
  const curve = await grid.curve();
  expect(curve.map(({ score }) => score)).toEqual([1, 1, 2, 2, 2, 3]);
  expect(curve.map(({ virtualSeconds }) => virtualSeconds)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
  expect(curve.map(({ updates }) => updates)).toEqual([0, 0, 10, 10, 10, 40]);
  expect(asked).toEqual([0, 1000, 2500]);
  expect(grid.newest).toBe(3);
});
