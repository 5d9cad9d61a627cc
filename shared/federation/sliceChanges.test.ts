import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Range } from '../engine/range.ts';
import { noteChanges, versionOutside, type SliceChange } from './sliceChanges.ts';

const range = (most: number): fc.Arbitrary<Range> =>
  fc
    .tuple(fc.nat(most - 1), fc.integer({ min: 1, max: most }))
    .map(([from, length]): Range => [from, Math.min(most, from + length)]);
const slice = fc.record({ input: range(3), output: range(6) });

test('the version outside a slice is never older than the newest change there, and exact for few slices', () => {
  fc.assert(
    fc.property(fc.array(fc.array(slice, { maxLength: 3 }), { maxLength: 20 }), slice, (steps, own) => {
      // The oracle keeps the version of each element.
      const elements = new Map<string, number>();
      let changes: readonly SliceChange[] = [];
      let loose = 0;
      steps.forEach((slices, index) => {
        changes = noteChanges(changes, slices, index + 1);
        for (const { input, output } of slices) {
          for (let i = input[0]; i < input[1]; i++)
            for (let o = output[0]; o < output[1]; o++) elements.set(`${i} ${o}`, index + 1);
        }
      });
      for (const [key, version] of elements) {
        const [i, o] = key.split(' ').map(Number) as [number, number];
        const isInside = own.input[0] <= i && i < own.input[1] && own.output[0] <= o && o < own.output[1];
        if (!isInside) loose = Math.max(loose, version);
      }
      expect(versionOutside(changes, own)).toBeGreaterThanOrEqual(loose);
      expect(changes.length).toBeLessThanOrEqual(32);
    }),
  );
});

const upTo = (to: number) => ({ input: [0, 4] as Range, output: [0, to] as Range });

test('nested slices are told apart exactly', () => {
  let changes = noteChanges([], [upTo(8)], 1);
  changes = noteChanges(changes, [upTo(2)], 2);
  changes = noteChanges(changes, [upTo(4)], 3);
  expect(changes).toHaveLength(2);
  expect([1, 2, 4, 8].map((to) => versionOutside(changes, upTo(to)))).toEqual([3, 3, 1, 0]);
});

test('a tensor of too many different slices counts as changed everywhere', () => {
  let changes: readonly SliceChange[] = [];
  for (let i = 0; i < 33; i++) changes = noteChanges(changes, [{ input: [0, 1], output: [i, i + 1] }], i + 1);
  expect(changes).toHaveLength(1);
  expect(versionOutside(changes, { input: [0, 1], output: [0, 100] })).toBe(33);
});
