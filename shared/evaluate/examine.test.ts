import { expect, test } from 'vitest';
import { examine } from './examine.ts';

test('counts what is taken for what, and lists mistakes with the surest first', () => {
  const values = Float32Array.of(0.75, 0.125, 0.125, 0.5, 0.25, 0.25, 0.125, 0.75, 0.125, 0.125, 0, 0.875);
  const { confusion, mistakes } = examine({ count: 4, outputs: 3, values }, Uint8Array.of(0, 1, 1, 0));
  // Rows are what it is: sample 0 is right, 1 is a one said to be 0, 2 is right, 3 is a zero said to be 2.
  expect(confusion).toEqual([1, 0, 1, 1, 1, 0, 0, 0, 0]);
  expect(mistakes).toEqual([
    { sample: 3, truth: 0, said: 2, confidence: 0.875 },
    { sample: 1, truth: 1, said: 0, confidence: 0.5 },
  ]);
});

test('a model that has diverged says nothing', () => {
  const { confusion, mistakes } = examine(
    { count: 1, outputs: 2, values: Float32Array.of(NaN, NaN) },
    Uint8Array.of(1),
  );
  expect(confusion).toEqual([0, 0, 0, 0]);
  expect(mistakes).toEqual([]);
});

test('no more than two dozen mistakes travel', () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 0.9 : 0.1));
  const { confusion, mistakes } = examine({ count: 50, outputs: 2, values }, new Uint8Array(50).fill(1));
  expect(confusion).toEqual([0, 0, 50, 0]);
  expect(mistakes.map(({ sample }) => sample)).toEqual(Array.from({ length: 24 }, (_, i) => i));
});
