import { expect, test } from 'vitest';
import { DIGIT_SIDE, generateWriters } from '../../../shared/tasks/digits/generateDigits.ts';
import { pictureToDigit, pictureToSample, withoutAlpha } from './pictureSample.ts';
import { scalePixels, type Pixels } from './scalePixels.ts';

/** `[height, width, 3]` of what `colour` gives at a place. */
function paint(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Pixels {
  const values = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) values.set(colour(i % width, Math.floor(i / width)), 3 * i);
  return { values, width, height, channels: 3 };
}

test('a scaled pixel is the mean of what it covers', () => {
  const from = { values: Uint8Array.of(10, 20, 30, 40, 50, 60), width: 3, height: 2, channels: 1 };
  expect([...scalePixels(from, { left: 0, top: 0, width: 3, height: 2 }, 1, 1)]).toEqual([35]);
  // The new pixels are 1.5 wide: the first covers the first and half of the second.
  const [first, second] = scalePixels(from, { left: 0, top: 0, width: 3, height: 1 }, 2, 1);
  expect(first).toBeCloseTo((10 + 20 / 2) / 1.5, 4);
  expect(second).toBeCloseTo((20 / 2 + 30) / 1.5, 4);
  // Larger: each new pixel lies within one old one.
  expect([...scalePixels(from, { left: 0, top: 0, width: 1, height: 1 }, 2, 2)]).toEqual([10, 10, 10, 10]);
  // Beyond the picture there is nothing.
  expect([...scalePixels(from, { left: -3, top: 0, width: 3, height: 2 }, 1, 1)]).toEqual([0]);
});

test('a wide picture is cut to its middle, in the colours that it has', () => {
  const picture = paint(96, 32, (x) => (x < 32 ? [255, 0, 0] : x < 64 ? [0, 200, 100] : [0, 0, 255]));
  const sample = pictureToSample(picture, [32, 32, 3], false);
  expect(sample.length).toBe(32 * 32 * 3);
  expect(new Set(sample)).toEqual(new Set([0, 200, 100]));
});

test('grey is what the eye makes of colours', () => {
  const sample = pictureToSample(
    paint(28, 28, () => [255, 0, 0]),
    [28, 28, 1],
    false,
  );
  expect([sample.length, sample[0]]).toEqual([784, 76]);
});

const thing = (inside: number, outside: number) =>
  paint(28, 28, (x, y) => Array<number>(3).fill(x > 8 && x < 20 && y > 8 && y < 20 ? inside : outside));

test('where the task has things bright on black, a dark thing before a bright ground is turned round', () => {
  const [middle, corner] = [14 * 28 + 14, 0];
  const turned = pictureToSample(thing(30, 250), [28, 28, 1], true);
  expect([turned[middle], turned[corner]]).toEqual([225, 5]);
  const kept = pictureToSample(thing(200, 0), [28, 28, 1], true);
  expect([kept[middle], kept[corner]]).toEqual([200, 0]);
});

test('what is transparent is white', () => {
  const pixels = { values: Uint8Array.of(0, 0, 0, 0, 10, 20, 30, 255), width: 2, height: 1, channels: 4 };
  expect([...withoutAlpha(pixels).values]).toEqual([255, 255, 255, 10, 20, 30]);
});

const inkOf = (image: ArrayLike<number>): number =>
  Array.from(image).reduce((sum, value) => sum + value, 0) / 255;

test('a photograph of a digit on paper is that digit as the task has it', () => {
  const { inputs } = generateWriters(3, 0, 10, 10);
  let [meanHeight, meanInk, theirInk] = [0, 0, 0];
  for (let n = 0; n < 100; n++) {
    const digit = inputs.subarray(n * 784, (n + 1) * 784);
    // Four times as large, dark blue on paper that is not quite white, somewhere on a larger sheet.
    const photo = paint(200, 180, (x, y) => {
      const [column, row] = [Math.floor((x - 50) / 4), Math.floor((y - 20) / 4)];
      const isInside = column >= 0 && column < DIGIT_SIDE && row >= 0 && row < DIGIT_SIDE;
      const share = isInside ? digit[row * DIGIT_SIDE + column]! / 255 : 0;
      return [230 - 190 * share, 225 - 180 * share, 215 - 90 * share];
    });
    const image = pictureToDigit(photo)!;
    const rows = image.reduce(
      (set, value, i) => (value > 127 ? set.add(Math.floor(i / 28)) : set),
      new Set<number>(),
    );
    const columns = image.reduce((set, value, i) => (value > 127 ? set.add(i % 28) : set), new Set<number>());
    // In the middle.
    expect(Math.abs(Math.min(...rows) + Math.max(...rows) + 1 - 28)).toBeLessThanOrEqual(2);
    expect(Math.abs(Math.min(...columns) + Math.max(...columns) + 1 - 28)).toBeLessThanOrEqual(2);
    meanInk += inkOf(image) / 100;
    theirInk += inkOf(digit) / 100;
    meanHeight += rows.size / 100;
  }
  // The task's digits are 20.4 rows high on the average.
  expect(meanHeight).toBeGreaterThan(19);
  expect(meanHeight).toBeLessThan(22);
  expect(meanInk / theirInk).toBeGreaterThan(0.85);
  expect(meanInk / theirInk).toBeLessThan(1.15);
});

test('an empty sheet is no digit', () => {
  expect(pictureToDigit(paint(60, 60, (x) => Array<number>(3).fill(240 - (x % 3))))).toBe(null);
});
