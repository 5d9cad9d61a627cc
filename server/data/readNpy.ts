// Reader for NPY files (NumPy's own format, versions 1 to 3), plain or gzipped: booleans, integers, floats and texts of either
// byte order, in C or Fortran order.
// Format: \x93NUMPY, two bytes of version, length of the header, the header (a Python dict as text), the elements.

import { DataError } from './dataError.ts';
import { describeBytes, readDataFile } from './readDataFile.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A field of the header, in whatever order they come. */
const HEADER_FIELD =
  /\s*(?:'descr':\s*'([^']*)'|'fortran_order':\s*(True|False)|'shape':\s*\(([\d,\s]*)\))\s*(?:,|$)/y;
const TYPE = /^([<>=|])?([biufU])(\d+)$/;

type Read = (view: DataView, at: number, isLittle: boolean) => number;
/** How to read an element; bytes stay bytes, float32 holds what has `narrow` exactly, float64 the rest. */
interface Element {
  readonly read: Read;
  readonly hold: 'bytes' | 'float32' | 'float64';
}
const ELEMENTS: ReadonlyMap<string, Element> = new Map<string, Element>([
  ['b1', { hold: 'bytes', read: (view, at) => view.getUint8(at) }],
  ['u1', { hold: 'bytes', read: (view, at) => view.getUint8(at) }],
  ['i1', { hold: 'float32', read: (view, at) => view.getInt8(at) }],
  ['u2', { hold: 'float32', read: (view, at, isLittle) => view.getUint16(at, isLittle) }],
  ['i2', { hold: 'float32', read: (view, at, isLittle) => view.getInt16(at, isLittle) }],
  ['u4', { hold: 'float64', read: (view, at, isLittle) => view.getUint32(at, isLittle) }],
  ['i4', { hold: 'float64', read: (view, at, isLittle) => view.getInt32(at, isLittle) }],
  ['u8', { hold: 'float64', read: (view, at, isLittle) => Number(view.getBigUint64(at, isLittle)) }],
  ['i8', { hold: 'float64', read: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)) }],
  ['f2', { hold: 'float32', read: (view, at, isLittle) => halfToNumber(view.getUint16(at, isLittle)) }],
  ['f4', { hold: 'float32', read: (view, at, isLittle) => view.getFloat32(at, isLittle) }],
  ['f8', { hold: 'float64', read: (view, at, isLittle) => view.getFloat64(at, isLittle) }],
]);
const TYPE_NAMES = `${[...ELEMENTS.keys()].join(' ')} (or U, texts, for clients)`;

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row-major, exact but for integers beyond 2^53. Throws DataError where the elements are texts. */
  readonly values: Uint8Array | Float32Array | Float64Array;
  /** Elements as they are told apart, in the order of `values`: integers in full, texts. */
  texts(): string[];
}

interface Header {
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  readonly isLittle: boolean;
  /** As the file writes it. */
  readonly descr: string;
  /** `u1`, ... or `U` for texts. */
  readonly type: string;
  readonly elementBytes: number;
  /** Of the elements. */
  readonly start: number;
  readonly count: number;
  /** Of the whole file. */
  readonly length: number;
}

/** Throws DataError naming file, expectation and what came. */
export async function readNpy(file: string): Promise<NpyArray> {
  return parseNpy(await readDataFile(file, (head) => readHeader(head, file).length), file);
}

/** `file` is only for the messages. */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  const header = readHeader(bytes, file);
  const { shape, isFortran, isLittle, descr, type, elementBytes, start, count, length } = header;
  if (bytes.length !== length)
    throw new DataError(
      `${file}: expected ${length} bytes for shape [${shape.join(', ')}] of ${descr}, got ${bytes.length > length ? 'more' : bytes.length}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const placeOf = isFortran ? fortranPlaces(shape) : (i: number) => i;
  const offsetOf = (i: number): number => start + placeOf(i) * elementBytes;
  return {
    shape,
    get values() {
      const element = ELEMENTS.get(type);
      if (!element) throw new DataError(`${file}: expected numbers, got texts (${descr})`);
      const { hold, read } = element;
      if (hold === 'bytes' && !isFortran) return bytes.subarray(start);
      const make = hold === 'bytes' ? Uint8Array : hold === 'float32' ? Float32Array : Float64Array;
      const values = new make(count);
      for (let i = 0; i < count; i++) values[i] = read(view, offsetOf(i), isLittle);
      return values;
    },
    texts() {
      const textAt = textsOf(type, elementBytes);
      return Array.from({ length: count }, (_, i) => textAt(view, offsetOf(i), isLittle));
    },
  };
}

function readHeader(bytes: Uint8Array, file: string): Header {
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new DataError(
      `${file}: expected an NPY file (93 4e 55 4d 50 59), got ${describeBytes(bytes.subarray(0, 6))}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6]! >= 2;
  const first = isLong ? 12 : 10;
  if (bytes.length < first)
    throw new DataError(
      `${file}: expected a header of at least ${first} bytes, got a file of ${bytes.length}`,
    );
  const start = first + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  if (bytes.length < start)
    throw new DataError(`${file}: expected a header of ${start} bytes, got a file of ${bytes.length}`);
  const text = new TextDecoder().decode(bytes.subarray(first, start));
  const { descr, isFortran, shape } = parseFields(text, file);
  const [, order = '|', kind, size] = TYPE.exec(descr) ?? [];
  const type = kind === 'U' ? 'U' : `${kind}${size}`;
  if (type !== 'U' && !ELEMENTS.has(type))
    throw new DataError(`${file}: expected one of the types ${TYPE_NAMES}, got ${descr}`);
  // A character of a text is four bytes.
  const elementBytes = Number(size) * (type === 'U' ? 4 : 1);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const length = start + count * elementBytes;
  return { shape, isFortran, isLittle: order !== '>', descr, type, elementBytes, start, count, length };
}

function parseFields(text: string, file: string): { descr: string; isFortran: boolean; shape: number[] } {
  const body = /^\{(.*)\}\s*$/s.exec(text)?.[1]?.trimEnd() ?? '';
  const field = new RegExp(HEADER_FIELD);
  let descr: string | undefined;
  let order: string | undefined;
  let axes: string | undefined;
  for (let found = field.exec(body); found; found = field.exec(body)) {
    descr ??= found[1];
    order ??= found[2];
    axes ??= found[3];
    if (field.lastIndex < body.length || descr === undefined || order === undefined || axes === undefined)
      continue;
    const shape = axes
      .split(',')
      .filter((axis) => axis.trim() !== '')
      .map(Number);
    return { descr, isFortran: order === 'True', shape };
  }
  throw new DataError(
    `${file}: expected a header with descr, fortran_order and shape, got ${text.trim().slice(0, 100)}`,
  );
}

/** Place in the file of the element at `i` in row-major order. */
function fortranPlaces(shape: readonly number[]): (i: number) => number {
  return (i) => {
    let rest = i;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis]!;
      place += (rest % extent) * shape.slice(0, axis).reduce((product, each) => product * each, 1);
      rest = Math.floor(rest / extent);
    }
    return place;
  };
}

function textsOf(
  type: string,
  elementBytes: number,
): (view: DataView, at: number, isLittle: boolean) => string {
  switch (type) {
    case 'u8':
      return (view, at, isLittle) => String(view.getBigUint64(at, isLittle));
    case 'i8':
      return (view, at, isLittle) => String(view.getBigInt64(at, isLittle));
    case 'U':
      return (view, at, isLittle) => {
        let text = '';
        for (let byte = 0; byte < elementBytes; byte += 4) {
          const point = view.getUint32(at + byte, isLittle);
          if (point === 0 || point > 0x10ffff) break;
          text += String.fromCodePoint(point);
        }
        return text;
      };
    default:
      return (view, at, isLittle) => String(ELEMENTS.get(type)!.read(view, at, isLittle));
  }
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
