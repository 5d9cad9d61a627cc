// A picture from a file -> a sample of a task on pictures. Pure; knows nothing of files or of how they are decoded.

import { DIGIT_SIDE } from '../../../shared/tasks/digits/generateDigits.ts';
import { scalePixels, type Pixels } from './scalePixels.ts';

/** Red, green and blue as the eye weighs them. */
const LUMA = [0.299, 0.587, 0.114];

/** Of the ink's box in a digit's field of 28, as the task has them (digitImage.test.ts). */
const DIGIT_HEIGHT = 20.4;
const DIGIT_LARGEST_WIDTH = 23;
/** Less ink than this share of the darkest is paper. */
const PAPER_SHARE = 0.3;
/** Of all pixels, those that may be darker than what counts as the darkest: dust. */
const DUST_SHARE = 0.002;

/** Over white, as pages show pictures: `[height, width, 3]` of `[height, width, 4]`. */
export function withoutAlpha({ values, width, height }: Pixels): Pixels {
  const opaque = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = values[4 * i + 3]! / 255;
    for (let channel = 0; channel < 3; channel++)
      opaque[3 * i + channel] = 255 + alpha * (values[4 * i + channel]! - 255);
  }
  return { values: opaque, width, height, channels: 3 };
}

/**
 * `[height, width, channels]` of the middle of an opaque picture, in colour or grey. `isNegative`: the task has things
 * bright on black, so that a picture of a dark thing before a bright ground is turned round.
 */
export function pictureToSample(
  picture: Pixels,
  [height, width, channels]: readonly number[],
  isNegative: boolean,
): Uint8Array<ArrayBuffer> {
  const grown = Math.min(picture.width / width!, picture.height / height!);
  const part = {
    left: (picture.width - grown * width!) / 2,
    top: (picture.height - grown * height!) / 2,
    width: grown * width!,
    height: grown * height!,
  };
  const scaled = scalePixels(picture, part, width!, height!);
  const values = channels === 1 ? toGrey(scaled) : scaled;
  const isTurned = isNegative && borderOf(values, width!, height!) > 127.5;
  return Uint8Array.from(values, (value) => Math.round(isTurned ? 255 - value : value));
}

/**
 * `[28, 28]` of a photograph or scan of one digit: what is darker than its paper (or brighter than a dark ground), cut
 * out, as high as the task's digits and in the middle. Null where nothing stands out.
 */
export function pictureToDigit(picture: Pixels): Uint8Array<ArrayBuffer> | null {
  const { width, height } = picture;
  const grey = toGrey(picture.values);
  const ground = borderOf(grey, width, height);
  const ink = grey.map((value) => Math.max(0, ground > 127.5 ? ground - value : value - ground));
  const darkest = [...ink].sort((a, b) => b - a)[Math.floor(DUST_SHARE * ink.length)]!;
  if (darkest < 40) return null;
  const paper = PAPER_SHARE * darkest;
  const values = ink.map(
    (value) => 255 * Math.min(1, Math.max(0, (value - paper) / (0.85 * darkest - paper))),
  );
  const box = boxOf(values, width, height);
  const grown = Math.max((box.bottom - box.top) / DIGIT_HEIGHT, (box.right - box.left) / DIGIT_LARGEST_WIDTH);
  const side = grown * DIGIT_SIDE;
  const part = {
    left: (box.left + box.right - side) / 2,
    top: (box.top + box.bottom - side) / 2,
    width: side,
    height: side,
  };
  const scaled = scalePixels({ values, width, height, channels: 1 }, part, DIGIT_SIDE, DIGIT_SIDE);
  return Uint8Array.from(scaled, Math.round);
}

/** `[pixels]` of `[pixels, 3]`. */
function toGrey(values: Pixels['values']): Float32Array<ArrayBuffer> {
  const grey = new Float32Array(values.length / 3);
  for (let i = 0; i < grey.length; i++)
    grey[i] = LUMA.reduce((sum, weight, channel) => sum + weight * values[3 * i + channel]!, 0);
  return grey;
}

/** The median along the picture's edge: its ground. */
function borderOf(values: Float32Array, width: number, height: number): number {
  const channels = values.length / (width * height);
  const edge = Array.from(values).filter((_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  return edge.sort((a, b) => a - b)[Math.floor(edge.length / 2)]!;
}

function boxOf(values: Float32Array, width: number, height: number) {
  const box = { left: width, right: 0, top: height, bottom: 0 };
  values.forEach((value, i) => {
    if (value < 128) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}
