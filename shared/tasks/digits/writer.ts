// A writer's hand: what stays the same in all that one person writes, and how one digit differs from the next.
// Turns glyphs into pen paths; knows nothing of pixels.

import { createRandom, mixSeed } from '../../random.ts';
import type { Random } from '../../random.ts';
import { GLYPHS } from './glyphs.ts';
import type { Point, Stroke } from './glyphs.ts';

/** A smooth displacement of the plane: neighbouring strokes bend together, so that joints stay joined. */
interface Bend {
  readonly amplitude: number;
  readonly phases: readonly number[];
  readonly frequencies: readonly number[];
}

export interface Writer {
  /** Horizontal shift per height: positive leans to the right. */
  readonly slant: number;
  /** Radians. */
  readonly tilt: number;
  /** Width against height. */
  readonly aspect: number;
  /** Height of a digit in pixels. */
  readonly heightPixels: number;
  /** Radius of the pen in pixels. */
  readonly penPixels: number;
  /** Change of pen pressure along a stroke, 0 = even. */
  readonly taper: number;
  /** How much one sample differs from the next. */
  readonly unsteadiness: number;
  /** Which glyph this writer uses for each digit, most of the time. */
  readonly habits: readonly number[];
  /** The writer's own shape of each digit. */
  readonly bends: readonly Bend[];
}

/** A pen path in pixels: `points` is x, y, radius of each node in turn. */
export type PenPath = readonly number[];

const NODES_PER_SEGMENT = 5;
const HABIT_STRENGTH = 0.9;

/** The hand of writer number `index` under `seed`. */
export function createWriter(seed: number, index: number): Writer {
  const random = createRandom(mixSeed(seed, 1, index));
  return {
    slant: 0.1 + 0.22 * random.normal(),
    tilt: 0.1 * random.normal(),
    aspect: 0.72 * Math.exp(0.17 * random.normal()),
    heightPixels: 18.5 * Math.exp(0.1 * random.normal()),
    penPixels: 0.75 + 0.85 * random.uniform(),
    taper: 0.5 * random.uniform(),
    unsteadiness: 0.6 + 0.8 * random.uniform(),
    habits: GLYPHS.map((ways) => random.integer(ways.length)),
    bends: GLYPHS.map(() => createBend(random, 0.05)),
  };
}

/** One digit as this writer puts it down this time, centred somewhere near the middle of a `side` x `side` field. */
export function writeDigit(writer: Writer, digit: number, side: number, random: Random): PenPath[] {
  const ways = GLYPHS[digit]!;
  const way = random.uniform() < HABIT_STRENGTH ? writer.habits[digit]! : random.integer(ways.length);
  const unsteady = writer.unsteadiness;
  const habit = writer.bends[digit]!;
  const bend = createBend(random, 0.035 * unsteady);
  const slant = writer.slant + 0.08 * unsteady * random.normal();
  const tilt = writer.tilt + 0.07 * unsteady * random.normal();
  const height = Math.min(side - 4, writer.heightPixels * Math.exp(0.07 * unsteady * random.normal()));
  const width = Math.min(side - 5, height * writer.aspect * Math.exp(0.09 * unsteady * random.normal()));
  const centreX = side / 2 + random.normal();
  const centreY = side / 2 + 0.9 * random.normal();
  const pen = writer.penPixels * Math.exp(0.1 * unsteady * random.normal());
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];

  function place(point: Point): Point {
    const [bentX, bentY] = bendPoint(bend, bendPoint(habit, point));
    const y = (bentY - 0.5) * height;
    const x = (bentX - 0.5) * width - slant * y;
    return [centreX + cos * x - sin * y, centreY + sin * x + cos * y];
  }
  return ways[way]!.map((stroke) => tracePen(stroke.map(place), pen, writer.taper));
}

/** Follows a stroke (Catmull-Rom through its points) with a pen whose pressure falls towards the end. */
function tracePen(points: Stroke, penPixels: number, taper: number): PenPath {
  const path: number[] = [];
  const numSegments = points.length - 1;
  for (let segment = 0; segment < numSegments; segment++) {
    const [x1, y1] = points[segment]!;
    const [x2, y2] = points[segment + 1]!;
    const [x0, y0] = points[Math.max(segment - 1, 0)]!;
    const [x3, y3] = points[Math.min(segment + 2, numSegments)]!;
    for (let node = segment === 0 ? 0 : 1; node <= NODES_PER_SEGMENT; node++) {
      const t = node / NODES_PER_SEGMENT;
      const along = (segment + t) / numSegments;
      path.push(
        spline(x0, x1, x2, x3, t),
        spline(y0, y1, y2, y3, t),
        penPixels * (1 - taper * along * along),
      );
    }
  }
  return path;
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

function createBend(random: Random, amplitude: number): Bend {
  return {
    amplitude,
    phases: Array.from({ length: 4 }, () => 2 * Math.PI * random.uniform()),
    frequencies: Array.from({ length: 4 }, () => 3 + 4 * random.uniform()),
  };
}

function bendPoint(bend: Bend, [x, y]: Point): Point {
  const [p0, p1, p2, p3] = bend.phases as [number, number, number, number];
  const [f0, f1, f2, f3] = bend.frequencies as [number, number, number, number];
  const a = bend.amplitude;
  return [
    x + a * (Math.sin(f0 * y + p0) + Math.sin(f1 * (x + y) + p1)),
    y + a * (Math.sin(f2 * x + p2) + Math.sin(f3 * (x - y) + p3)),
  ];
}
