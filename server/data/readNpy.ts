// Reader for NPY files (NumPy's own format, versions 1 to 3), plain or gzipped: integers and floats, little endian.
// Format: \x93NUMPY, two bytes of version, length of the header, the header (a Python dict as text), the elements.

import { DataError } from './dataError.ts';
import { describeBytes, readDataFile } from './readDataFile.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER_FIELDS =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

/** Bytes of an element and how to read it at a place. */
const ELEMENTS: Readonly<Record<string, readonly [number, (view: DataView, at: number) => number]>> = {
  '|b1': [1, (view, at) => view.getUint8(at)],
  '|u1': [1, (view, at) => view.getUint8(at)],
  '|i1': [1, (view, at) => view.getInt8(at)],
  '<u2': [2, (view, at) => view.getUint16(at, true)],
  '<i2': [2, (view, at) => view.getInt16(at, true)],
  '<u4': [4, (view, at) => view.getUint32(at, true)],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  '<u8': [8, (view, at) => Number(view.getBigUint64(at, true))],
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
};

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row-major; bytes stay bytes, every other type becomes float32. */
  readonly values: Uint8Array | Float32Array;
}

/** Throws DataError naming file, expectation and what came. */
export async function readNpy(file: string): Promise<NpyArray> {
  return parseNpy(await readDataFile(file), file);
}

/** `file` is only for the messages. */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new DataError(
      `${file}: expected an NPY file (93 4e 55 4d 50 59), got ${describeBytes(bytes.subarray(0, 6))}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6]! >= 2;
  const start = isLong ? 12 : 10;
  if (bytes.length < start)
    throw new DataError(
      `${file}: expected a header of at least ${start} bytes, got a file of ${bytes.length}`,
    );
  const body = start + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  if (bytes.length < body)
    throw new DataError(`${file}: expected a header of ${body} bytes, got a file of ${bytes.length}`);
  const header = new TextDecoder().decode(bytes.subarray(start, body));
  const fields = HEADER_FIELDS.exec(header);
  if (!fields)
    throw new DataError(
      `${file}: expected a header with descr, fortran_order and shape, got ${header.trim().slice(0, 100)}`,
    );
  const [, type, isFortran, axes] = fields as unknown as [string, string, string, string];
  const element = ELEMENTS[type];
  if (!element)
    throw new DataError(`${file}: expected one of the types ${Object.keys(ELEMENTS).join(' ')}, got ${type}`);
  if (isFortran === 'True') throw new DataError(`${file}: expected C order, got Fortran order`);
  const [elementBytes, read] = element;
  const shape = axes
    .split(',')
    .filter((axis) => axis.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== body + count * elementBytes)
    throw new DataError(
      `${file}: expected ${body + count * elementBytes} bytes for shape [${shape.join(', ')}] of ${type}, got ${bytes.length}`,
    );
  if (elementBytes === 1 && type !== '|i1') return { shape, values: bytes.subarray(body) };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, body + i * elementBytes);
  return { shape, values };
}
