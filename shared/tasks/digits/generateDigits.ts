// The data of the task `digits`: procedural handwriting, a style per writer, every bit of it from one seed.
// Needs no file and no network, so that a fresh machine can train at once.

import { createRandom, mixSeed } from '../../random.ts';
import type { Dataset, TaskData } from '../task.ts';
import { drawPath } from './drawPath.ts';
import { createWriter, writeDigit } from './writer.ts';

/** Pixels of an image's side. */
export const DIGIT_SIDE = 28;

const NUM_TRAIN_WRITERS = 160;
const NUM_TEST_WRITERS = 50;
const TRAIN_SAMPLES_PER_WRITER = 75;
const TEST_SAMPLES_PER_WRITER = 40;

/** 12,000 training samples by 160 writers and 2,000 test samples by 50 others, `[28, 28, 1]` uint8, the same for the same seed. */
export function generateDigits(seed: number): TaskData {
  return {
    train: generateWriters(seed, 0, NUM_TRAIN_WRITERS, TRAIN_SAMPLES_PER_WRITER),
    test: generateWriters(seed, NUM_TRAIN_WRITERS, NUM_TEST_WRITERS, TEST_SAMPLES_PER_WRITER),
  };
}

/** `groups` is the writer's number. Every writer writes every digit equally often, give or take one. */
export function generateWriters(
  seed: number,
  firstWriter: number,
  numWriters: number,
  samplesPerWriter: number,
): Dataset {
  const count = numWriters * samplesPerWriter;
  const pixels = DIGIT_SIDE * DIGIT_SIDE;
  const inputs = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  const groups = new Uint32Array(count);
  for (let index = firstWriter, sample = 0; index < firstWriter + numWriters; index++) {
    const writer = createWriter(seed, index);
    for (let turn = 0; turn < samplesPerWriter; turn++, sample++) {
      const random = createRandom(mixSeed(seed, 2, index, turn));
      const digit = (turn + index) % 10;
      const image = inputs.subarray(sample * pixels, (sample + 1) * pixels);
      for (const path of writeDigit(writer, digit, DIGIT_SIDE, random)) drawPath(path, image, DIGIT_SIDE);
      labels[sample] = digit;
      groups[sample] = index;
    }
  }
  return { count, inputs, labels, groups };
}
