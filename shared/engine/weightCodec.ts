// A weight in a plan's precision: the bytes that the arena holds and that a message carries alike. In int4 weights travel
// and no more: no plan holds them so. Knows nothing of plans, backends or messages.
//
//     int8   | scale, float32, of each output | level of each element, signed, a byte |         value = scale * level
//     int4   | scale, float32, of each output | level of each element, 4 bits, low first |      value = scale * (level - 7.5)
//
// Of the sixteen levels of int4 none is zero: of fifteen with a zero, as int8 has them, the mean squared error is larger by
// 10 to 32 %, for initial weights and trained ones. An output of nothing but zeroes has scale 0.

import { fromFloat16, toFloat16 } from './float16.ts';
import type { Matrix, Precision } from './tensors.ts';

/** How weights may travel. */
export type TravelPrecision = Precision | 'int4';

const LARGEST_INT8 = 127;
/** Value / scale of the highest level; of the lowest it is the opposite. */
const LARGEST_INT4 = 7.5;
const LARGEST_FLOAT16 = 65504;
const SMALLEST_FLOAT16 = 2 ** -14;
const SMALLEST_SCALE = 2 ** -126;
const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** Bytes of a weight in that precision. */
export function weightBytes({ positions, inputs, outputs }: Matrix, precision: TravelPrecision): number {
  const size = positions * inputs * outputs;
  switch (precision) {
    case 'float32':
      return size * 4;
    case 'float16':
      return size * 2;
    case 'int8':
      return outputs * 4 + size;
    case 'int4':
      return outputs * 4 + Math.ceil(size / 2);
    default:
      throw new Error(`internal: precision ${String(precision satisfies never)}`);
  }
}

/**
 * A weight `[positions, inputs, outputs]` of finite values in that precision, little endian. Float16 rounds to nearest,
 * saturates, and has no subnormals: each costs a processor some hundred cycles where it is widened. Int8 and int4 round to
 * nearest on the grid of their output. Encoding again what `decodeWeight` gave yields the same bytes.
 */
export function encodeWeight(
  values: Float32Array,
  matrix: Matrix,
  precision: TravelPrecision,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(weightBytes(matrix, precision));
  switch (precision) {
    case 'float32':
      new Float32Array(bytes.buffer).set(values);
      return bytes;
    case 'float16': {
      const halves = new Uint16Array(bytes.buffer);
      for (let i = 0; i < values.length; i++)
        halves[i] = toFloat16(
          withoutSubnormals(Math.min(Math.max(values[i]!, -LARGEST_FLOAT16), LARGEST_FLOAT16)),
        );
      return bytes;
    }
    case 'int8': {
      const { outputs } = matrix;
      const scales = new Float32Array(bytes.buffer, 0, outputs);
      writeScales(values, scales, LARGEST_INT8);
      const levels = new Int8Array(bytes.buffer, outputs * 4);
      for (let row = 0; row < values.length; row += outputs)
        for (let output = 0; output < outputs; output++) {
          const scale = scales[output]!;
          if (scale > 0) levels[row + output] = levelOf(values[row + output]!, scale);
        }
      return bytes;
    }
    case 'int4': {
      const { outputs } = matrix;
      const scales = new Float32Array(bytes.buffer, 0, outputs);
      writeScales(values, scales, LARGEST_INT4);
      for (let i = 0; i < values.length; i++) {
        const scale = scales[i % outputs]!;
        const level = scale > 0 ? Math.floor(values[i]! / scale) : 0;
        bytes[outputs * 4 + (i >> 1)]! |= (level + 8) << (4 * (i & 1));
      }
      return bytes;
    }
    default:
      throw new Error(`internal: precision ${String(precision satisfies never)}`);
  }
}

/** The values of an encoded weight; `bytes` may be unaligned. Throws RangeError on a wrong length. */
export function decodeWeight(
  bytes: Uint8Array,
  matrix: Matrix,
  precision: TravelPrecision,
): Float32Array<ArrayBuffer> {
  const numBytes = weightBytes(matrix, precision);
  if (bytes.length !== numBytes)
    throw new RangeError(
      `a weight of this shape in ${precision} must be ${numBytes} bytes, got ${bytes.length}`,
    );
  const { buffer } = new Uint8Array(bytes);
  switch (precision) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
      return widened(new Uint16Array(buffer));
    case 'int8': {
      const { outputs } = matrix;
      return scaled(new Int8Array(buffer, outputs * 4), new Float32Array(buffer, 0, outputs));
    }
    case 'int4': {
      const { positions, inputs, outputs } = matrix;
      const values = new Float32Array(positions * inputs * outputs);
      decodeRange(bytes, matrix, precision, 0, values);
      return values;
    }
    default:
      throw new Error(`internal: precision ${String(precision satisfies never)}`);
  }
}

/**
 * Decodes elements `[start, start + target.length)` of an encoded weight into `target`: with a short target nothing of the
 * weight's size need exist beside its bytes. `bytes` may be unaligned, and is of the right length.
 */
export function decodeRange(
  bytes: Uint8Array,
  { outputs }: Matrix,
  precision: TravelPrecision,
  start: number,
  target: Float32Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < target.length; i++) {
    const element = start + i;
    switch (precision) {
      case 'float32':
        target[i] = view.getFloat32(element * 4, true);
        break;
      case 'float16':
        target[i] = fromFloat16(view.getUint16(element * 2, true));
        break;
      case 'int8':
        target[i] = view.getInt8(outputs * 4 + element) * view.getFloat32((element % outputs) * 4, true);
        break;
      case 'int4': {
        const level = (view.getUint8(outputs * 4 + (element >> 1)) >> (4 * (element & 1))) & 15;
        target[i] = (level - LARGEST_INT4) * view.getFloat32((element % outputs) * 4, true);
        break;
      }
      default:
        throw new Error(`internal: precision ${String(precision satisfies never)}`);
    }
  }
}

/**
 * A weight in int8 from its bytes in int4, without its values in the heap: the bytes that `encodeWeight` makes of what
 * `decodeWeight` gives. `bytes` may be unaligned, and is of the right length.
 */
export function int4ToInt8(bytes: Uint8Array, matrix: Matrix): Uint8Array<ArrayBuffer> {
  const { positions, inputs, outputs } = matrix;
  const encoded = new Uint8Array(weightBytes(matrix, 'int8'));
  // In each output the largest magnitude has the highest level or the lowest.
  const scales = new Float32Array(encoded.buffer, 0, outputs);
  new Uint8Array(encoded.buffer, 0, outputs * 4).set(bytes.subarray(0, outputs * 4));
  for (let output = 0; output < outputs; output++)
    scales[output] = scaleFor(LARGEST_INT4 * scales[output]!, LARGEST_INT8);
  const levels = new Int8Array(encoded.buffer, outputs * 4);
  const row = new Float32Array(outputs);
  for (let start = 0; start < positions * inputs * outputs; start += outputs) {
    decodeRange(bytes, matrix, 'int4', start, row);
    for (let output = 0; output < outputs; output++)
      if (scales[output]! > 0) levels[start + output] = levelOf(row[output]!, scales[output]!);
  }
  return encoded;
}

/** The scale of each column: the largest magnitude in it becomes `largestLevel`. */
function writeScales(values: Float32Array, scales: Float32Array, largestLevel: number): void {
  for (let row = 0; row < values.length; row += scales.length)
    for (let column = 0; column < scales.length; column++) {
      const magnitude = Math.abs(values[row + column]!);
      if (magnitude > scales[column]!) scales[column] = magnitude;
    }
  for (let column = 0; column < scales.length; column++)
    scales[column] = scaleFor(scales[column]!, largestLevel);
}

function levelOf(value: number, scale: number): number {
  // Math.round costs three times as much.
  return Math.min(Math.max(Math.floor(value / scale + 0.5), -LARGEST_INT8), LARGEST_INT8);
}

function widened(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = fromFloat16(halves[i]!);
  return values;
}

/** Rows of levels, each of which has the scale of its column. */
function scaled(levels: Int8Array, scales: Float32Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(levels.length);
  for (let row = 0; row < levels.length; row += scales.length)
    for (let column = 0; column < scales.length; column++)
      values[row + column] = levels[row + column]! * scales[column]!;
  return values;
}

/** The value, or zero or the smallest normal binary16 if it is smaller than that one. */
function withoutSubnormals(value: number): number {
  if (Math.abs(value) >= SMALLEST_FLOAT16) return value;
  return Math.abs(value) < SMALLEST_FLOAT16 / 2 ? 0 : Math.sign(value) * SMALLEST_FLOAT16;
}

/** Magnitude / level, rounded up to 17 significant bits: all levels times scale are then exact in float32. Subnormals are zero. */
function scaleFor(largest: number, level: number): number {
  FLOAT[0] = largest / level;
  BITS[0] = (BITS[0]! + 0x7f) & ~0x7f;
  return FLOAT[0]! < SMALLEST_SCALE ? 0 : FLOAT[0]!;
}
