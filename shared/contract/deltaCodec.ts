// An update's delta <-> the bytes that go up, in each of the encodings. Every encoding's length follows from the sizes of
// the scheme's entries alone. What cannot be read is a value, not an exception. Knows nothing of assignments.
//
//   float32  | values |
//   float16  | values |                          to the nearest
//   int8     | scales, one an entry | levels |   value = scale x level; rounded by chance so that its mean is right
//   topK     | scales, one an entry | levels, one a kept element | places (sparsePlaces.ts) |      to the nearest
//            keeps the `share` of all elements that are largest in magnitude, at least one; what it leaves out is the
//            device's to add to its next update (`subtractSent`)

import { fromFloat16, toFloat16 } from '../engine/float16.ts';
import { createRandom } from '../random.ts';
import { bytesToFloats, toByteView, type Bytes } from './codec.ts';
import { countBelow, fullDelta, type Delta } from './delta.ts';
import { countKept, deltaBytes, SCALE_BYTES, sum } from './deltaBytes.ts';
import { largestElements } from './largestElements.ts';
import type { UpdateEncoding } from './messages.ts';
import { readPlaces, writePlaces } from './sparsePlaces.ts';

const LARGEST_LEVEL = 127;
const LARGEST_FLOAT16 = 65504;

export interface DeltaFault {
  readonly code: 'wrongLength' | 'notFinite' | 'malformed';
  readonly message: string;
}

/**
 * `delta`: finite values of all entries, one after the other. The same seed gives the same bytes. `rest`, for `topK`: an array of
 * its own that becomes what `subtractSent` would leave of the delta.
 */
export function encodeDelta(
  delta: Float32Array,
  sizes: readonly number[],
  encoding: UpdateEncoding,
  seed: number,
  rest: Float32Array | null = null,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(deltaBytes(sizes, encoding));
  switch (encoding.kind) {
    case 'float32':
      new Float32Array(bytes.buffer).set(delta);
      return bytes;
    case 'float16': {
      const halves = new Uint16Array(bytes.buffer);
      for (let i = 0; i < delta.length; i++)
        halves[i] = toFloat16(Math.min(Math.max(delta[i]!, -LARGEST_FLOAT16), LARGEST_FLOAT16));
      return bytes;
    }
    case 'int8':
      encodeLevels(delta, sizes, bytes, seed);
      return bytes;
    case 'topK':
      encodeLargest(delta, sizes, bytes, countKept(delta.length, encoding.share), rest);
      return bytes;
    default:
      throw new Error(`internal: encoding ${JSON.stringify(encoding satisfies never)}`);
  }
}

/** The delta in the bytes, or what is wrong with them; its values are in float32 a view of them where alignment allows it. */
export function decodeDelta(
  bytes: Bytes,
  sizes: readonly number[],
  encoding: UpdateEncoding,
): Delta | DeltaFault {
  const expected = deltaBytes(sizes, encoding);
  if (bytes.byteLength !== expected) {
    const message = `the delta must be ${expected} bytes in ${encoding.kind}, got ${bytes.byteLength}`;
    return { code: 'wrongLength', message };
  }
  if (encoding.kind === 'float32') return fullDelta(bytesToFloats(bytes));
  const view = toByteView(bytes);
  switch (encoding.kind) {
    case 'float16': {
      const words = new DataView(view.buffer, view.byteOffset);
      const values = new Float32Array(sum(sizes));
      for (let i = 0; i < values.length; i++) values[i] = fromFloat16(words.getUint16(2 * i, true));
      return fullDelta(values);
    }
    case 'int8':
    case 'topK':
      return readLevels(view, sizes, encoding);
    default:
      throw new Error(`internal: encoding ${JSON.stringify(encoding satisfies never)}`);
  }
}

/** Takes what `encodeDelta` made of the delta from it, in place: the rest is what has not travelled. */
export function subtractSent(
  delta: Float32Array,
  bytes: Uint8Array,
  sizes: readonly number[],
  encoding: Extract<UpdateEncoding, { kind: 'int8' | 'topK' }>,
): void {
  const levels = readLevels(bytes, sizes, encoding);
  if ('code' in levels) throw new Error(`internal: ${levels.message}`);
  const { places, values } = levels;
  for (let i = 0; i < values.length; i++) {
    const place = places ? places[i]! : i;
    delta[place] = delta[place]! - values[i]!;
  }
}

function encodeLevels(
  delta: Float32Array,
  sizes: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
  seed: number,
): void {
  const random = createRandom(seed);
  const scales = new Float32Array(bytes.buffer, 0, sizes.length);
  const levels = new Int8Array(bytes.buffer, sizes.length * SCALE_BYTES);
  let end = 0;
  for (const [entry, size] of sizes.entries()) {
    const first = end;
    end += size;
    let largest = 0;
    for (let i = first; i < end; i++) largest = Math.max(largest, Math.abs(delta[i]!));
    scales[entry] = largest / LARGEST_LEVEL;
    const scale = scales[entry]!;
    if (scale === 0) continue;
    for (let i = first; i < end; i++)
      levels[i] = withinLevels(Math.floor(delta[i]! / scale + random.uniform()));
  }
}

function encodeLargest(
  delta: Float32Array,
  sizes: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
  rest: Float32Array | null,
): void {
  rest?.set(delta);
  const places = largestElements(delta, count);
  const scales = new Float32Array(bytes.buffer, 0, sizes.length);
  const levels = new Int8Array(bytes.buffer, sizes.length * SCALE_BYTES, count);
  forEachEntry(sizes, places, (entry, first, end) => {
    let largest = 0;
    for (let i = first; i < end; i++) largest = Math.max(largest, Math.abs(delta[places[i]!]!));
    scales[entry] = largest / LARGEST_LEVEL;
    const scale = scales[entry]!;
    if (scale === 0) return;
    for (let i = first; i < end; i++) {
      const value = delta[places[i]!]!;
      // Math.round costs three times as much.
      const level = withinLevels(Math.floor(value / scale + 0.5));
      levels[i] = level;
      if (rest) rest[places[i]!] = value - Math.fround(level * scale);
    }
  });
  writePlaces(places, delta.length, bytes.subarray(sizes.length * SCALE_BYTES + count));
}

function readLevels(
  bytes: Uint8Array,
  sizes: readonly number[],
  encoding: Extract<UpdateEncoding, { kind: 'int8' | 'topK' }>,
): Delta | DeltaFault {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scales = sizes.map((_, entry) => view.getFloat32(entry * SCALE_BYTES, true));
  const wrong = scales.find((scale) => !(Number.isFinite(scale) && scale >= 0));
  if (wrong !== undefined)
    return { code: 'notFinite', message: `a scale of the delta must be finite and >= 0, got ${wrong}` };
  const firstLevel = sizes.length * SCALE_BYTES;
  const numElements = sum(sizes);
  const count = encoding.kind === 'int8' ? numElements : countKept(numElements, encoding.share);
  const places =
    encoding.kind === 'int8' ? null : readPlaces(bytes.subarray(firstLevel + count), numElements, count);
  if (encoding.kind === 'topK' && !places)
    return { code: 'malformed', message: 'the places of the delta must rise and lie within it' };
  const levels = new Int8Array(bytes.buffer, bytes.byteOffset + firstLevel, count);
  const values = new Float32Array(count);
  forEachEntry(sizes, places, (entry, first, end) => {
    const scale = scales[entry]!;
    for (let i = first; i < end; i++) values[i] = levels[i]! * scale;
  });
  return { size: numElements, places, values };
}

/** Calls `visit` with the indices `[first, end)` of each entry's places, which rise; null: they are all. */
function forEachEntry(
  sizes: readonly number[],
  places: Uint32Array | null,
  visit: (entry: number, first: number, end: number) => void,
): void {
  let [first, lastPlace] = [0, 0];
  for (const [entry, size] of sizes.entries()) {
    lastPlace += size;
    const end = places ? countBelow(places, lastPlace) : lastPlace;
    visit(entry, first, end);
    first = end;
  }
}

function withinLevels(level: number): number {
  return Math.min(Math.max(level, -LARGEST_LEVEL), LARGEST_LEVEL);
}
