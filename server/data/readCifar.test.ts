import { expect, test } from 'vitest';
import { parseCifar } from './readCifar.ts';

/** A record whose red, green and blue of pixel p are p, p + 1 and p + 2, modulo 256. */
function recordOf(label: number): number[] {
  return [label, ...[0, 1, 2].flatMap((c) => Array.from({ length: 1024 }, (_, p) => (p + c) & 255))];
}

test('puts the planes of a record side by side, pixel by pixel', () => {
  const { count, inputs, labels } = parseCifar(Uint8Array.from([...recordOf(3), ...recordOf(9)]), 'f');
  expect(count).toBe(2);
  expect([...labels]).toEqual([3, 9]);
  expect(inputs.length).toBe(2 * 3072);
  expect([...inputs.subarray(0, 6)]).toEqual([0, 1, 2, 1, 2, 3]);
  expect([...inputs.subarray(3 * 1023, 3 * 1024)]).toEqual([255, 0, 1]);
  expect([...inputs.subarray(3072, 3075)]).toEqual([0, 1, 2]);
});

test.each([
  ['an empty file', [], 'some-file: expected whole records of 3073 bytes, got a file of 0 bytes'],
  ['half a record', recordOf(1).slice(0, 2000), 'got a file of 2000 bytes'],
  ['a byte too many', [...recordOf(1), 0], 'got a file of 3074 bytes'],
  ['a label that is none', [...recordOf(1), ...recordOf(10)], 'expected labels 0 to 9, got 10 in record 2'],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseCifar(Uint8Array.from(bytes), 'some-file')).toThrow(message);
});
