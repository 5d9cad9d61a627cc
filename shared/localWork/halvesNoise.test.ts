import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { addToSketch, SKETCH_SUMS } from '../engine/countSketch.ts';
import { halvesNoise } from './halvesNoise.ts';

function sketchDelta(delta: Float32Array): Float32Array {
  const sums = new Float32Array(SKETCH_SUMS);
  addToSketch(sums, delta, new Float32Array(delta.length), 0);
  return sums;
}

function normals(seed: number, size: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: size }, () => random.normal());
}

function exactNoise(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return 1 - dot / Math.sqrt(aa * bb);
}

test('the sketch agrees with the exact cosine from parallel to opposed halves', () => {
  const first = normals(1, 20_000);
  const other = normals(2, 20_000);
  for (const share of [1, 0.7, 0.3, 0, -0.3, -0.7, -1]) {
    const second = first.map((x, i) => share * x + (1 - Math.abs(share)) * other[i]!);
    const whole = first.map((x, i) => x + second[i]!);
    const noise = halvesNoise(sketchDelta(first), sketchDelta(whole));
    expect(Math.abs(noise - exactNoise(first, second))).toBeLessThan(0.12);
  }
});

test('small deltas are told apart as well', () => {
  const first = normals(3, 12).map((x) => x * 1e-6);
  const whole = first.map((x) => 2 * x);
  expect(halvesNoise(sketchDelta(first), sketchDelta(whole))).toBeCloseTo(0, 5);
});

test('halves that cannot be told apart give -1', () => {
  const still = new Float32Array(100);
  const moved = normals(4, 100);
  expect(halvesNoise(sketchDelta(still), sketchDelta(moved))).toBe(-1);
  expect(halvesNoise(sketchDelta(moved), sketchDelta(moved))).toBe(-1);
  expect(halvesNoise(sketchDelta(moved), sketchDelta(moved.map(() => NaN)))).toBe(-1);
});
