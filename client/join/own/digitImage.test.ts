import { expect, test } from 'vitest';
import { createRandom } from '../../../shared/random.ts';
import { DIGIT_SIDE, generateWriters } from '../../../shared/tasks/digits/generateDigits.ts';
import { createWriter, writeDigit } from '../../../shared/tasks/digits/writer.ts';
import { drawingToDigit } from './digitImage.ts';

const PIXELS = DIGIT_SIDE * DIGIT_SIDE;
const NUM_WRITERS = 40;

interface Look {
  readonly ink: number;
  readonly height: number;
  readonly middleX: number;
  readonly middleY: number;
}

function lookOf(image: Uint8Array): Look {
  const rows: number[] = [];
  const columns: number[] = [];
  image.forEach((value, i) => {
    if (value < 128) return;
    rows.push(Math.floor(i / DIGIT_SIDE));
    columns.push(i % DIGIT_SIDE);
  });
  const [top, bottom] = [Math.min(...rows), Math.max(...rows) + 1];
  return {
    ink: image.reduce((sum, value) => sum + value, 0) / 255,
    height: bottom - top,
    middleX: (Math.min(...columns) + Math.max(...columns) + 1) / 2,
    middleY: (top + bottom) / 2,
  };
}

function meanAndDeviation(values: readonly number[]): [mean: number, deviation: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

/** The same digits as a person may draw them on a large canvas: anywhere, of any size. */
function drawings(): number[][][] {
  return Array.from({ length: NUM_WRITERS * 10 }, (_, i) => {
    const random = createRandom(i);
    const paths = writeDigit(createWriter(5, i % NUM_WRITERS), i % 10, DIGIT_SIDE, random);
    const size = 4 + 6 * random.uniform();
    const [left, top] = [60 * random.uniform(), 60 * random.uniform()];
    return paths.map((path) =>
      path.flatMap((value, at) => (at % 3 === 2 ? [] : [value * size + (at % 3 === 0 ? left : top)])),
    );
  });
}

const looks = (count: number, imageOf: (i: number) => Uint8Array): Look[] =>
  Array.from({ length: count }, (_, i) => lookOf(imageOf(i)));

test('what is drawn anywhere and of any size looks as the task’s own digits do', () => {
  const { inputs } = generateWriters(5, 0, NUM_WRITERS, 10);
  const theirs = looks(
    NUM_WRITERS * 10,
    (i) => new Uint8Array(inputs.subarray(i * PIXELS, (i + 1) * PIXELS)),
  );
  const images = drawings().map((strokes) => drawingToDigit(strokes, 280));
  const ours = looks(images.length, (i) => images[i]!);
  for (const trait of ['ink', 'height', 'middleX', 'middleY'] as const) {
    const [mean, deviation] = meanAndDeviation(theirs.map((look) => look[trait]));
    const [ourMean, ourDeviation] = meanAndDeviation(ours.map((look) => look[trait]));
    expect(Math.abs(ourMean - mean), `${trait}: ${ourMean}, the task’s ${mean}`).toBeLessThan(
      0.35 * deviation,
    );
    expect(ourDeviation, trait).toBeLessThan(1.1 * deviation);
  }
});

test('neither place nor size of a drawing changes its picture', () => {
  const strokes = [
    [10, 10, 40, 90, 70, 30],
    [20, 50, 60, 50],
  ];
  const moved = strokes.map((stroke) => stroke.map((value, i) => value * 2.5 + (i % 2 === 0 ? 30 : 7)));
  expect(drawingToDigit(moved, 280)).toEqual(drawingToDigit(strokes, 280));
});

test('a dot stays a dot in the middle, a long line stays inside, and nothing gives an empty field', () => {
  const dot = drawingToDigit([[200, 30]], 280);
  expect(lookOf(dot)).toMatchObject({ middleX: 14, middleY: 14 });
  expect(lookOf(dot).height).toBeLessThan(4);
  const line = drawingToDigit([[0, 100, 280, 101]], 280);
  expect(line.some((value, i) => value > 0 && [0, DIGIT_SIDE - 1].includes(i % DIGIT_SIDE))).toBe(false);
  expect(drawingToDigit([], 280).every((value) => value === 0)).toBe(true);
});
