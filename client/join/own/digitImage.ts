// A drawing -> the picture of a digit as the task `digits` has them: its height, its pen, its place in the field.
// Pure; knows nothing of canvases.

import { drawPath } from '../../../shared/tasks/digits/drawPath.ts';
import { DIGIT_SIDE } from '../../../shared/tasks/digits/generateDigits.ts';

/** Where the pen went while it was down: x, y of each point in turn, in any unit, y down. */
export type PenStroke = readonly number[];

/** Of the pen's path, in pixels, and the pen's radius: means over the task's writers (digitImage.test.ts compares). */
const HEIGHT = 18;
const LARGEST_WIDTH = 20;
const PEN_RADIUS = 1.1;
/** A dot stays a dot: nothing is made larger than this drawing, in the drawing's own field of width 1, would be. */
const SMALLEST_EXTENT = 0.06;

/**
 * Grey picture `[28, 28]` of the strokes: as high as the task's digits (or as wide as their widest), the middle of its
 * box in the middle of the field, drawn by the task's own pen. `fieldSize`: the drawing field's side in the strokes' unit.
 */
export function drawingToDigit(strokes: readonly PenStroke[], fieldSize: number): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(DIGIT_SIDE * DIGIT_SIDE);
  const box = boxOf(strokes);
  if (!box) return image;
  const height = Math.max(box.bottom - box.top, SMALLEST_EXTENT * fieldSize);
  const width = Math.max(box.right - box.left, SMALLEST_EXTENT * fieldSize);
  const scale = Math.min(HEIGHT / height, LARGEST_WIDTH / width);
  const shiftX = DIGIT_SIDE / 2 - (scale * (box.left + box.right)) / 2;
  const shiftY = DIGIT_SIDE / 2 - (scale * (box.top + box.bottom)) / 2;
  for (const stroke of strokes) {
    const path: number[] = [];
    for (let i = 0; i + 1 < stroke.length; i += 2)
      path.push(stroke[i]! * scale + shiftX, stroke[i + 1]! * scale + shiftY, PEN_RADIUS);
    // A path takes two nodes at least.
    if (path.length === 3) path.push(...path);
    drawPath(path, image, DIGIT_SIDE);
  }
  return image;
}

function boxOf(strokes: readonly PenStroke[]) {
  const points = strokes.flat();
  if (points.length < 2) return null;
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let i = 0; i + 1 < points.length; i += 2) {
    box.left = Math.min(box.left, points[i]!);
    box.right = Math.max(box.right, points[i]!);
    box.top = Math.min(box.top, points[i + 1]!);
    box.bottom = Math.max(box.bottom, points[i + 1]!);
  }
  return box;
}
