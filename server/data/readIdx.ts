// Reader for IDX files (the format of MNIST and its kin), plain or gzipped.
// Format: two zero bytes, element type, number of axes, one big-endian uint32 per axis, then the elements.

import { DataError } from './dataError.ts';
import { describeBytes, readDataFile } from './readDataFile.ts';

const UNSIGNED_BYTE = 0x08;

export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major; as long as the product of the shape. */
  readonly values: Uint8Array;
}

/** Reads a file of unsigned bytes. Throws DataError naming file, expectation and what came. */
export async function readIdx(file: string): Promise<IdxArray> {
  return parseIdx(await readDataFile(file, (head) => readHeader(head, file).length), file);
}

/** `file` is only for the messages. */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const { shape, start, length } = readHeader(bytes, file);
  if (bytes.length !== length) {
    throw new DataError(
      `${file}: expected ${length} bytes for shape [${shape.join(', ')}], got ${bytes.length > length ? 'more' : bytes.length}`,
    );
  }
  return { shape, values: bytes.subarray(start) };
}

/** `length`: that of the whole file. */
function readHeader(bytes: Uint8Array, file: string): { shape: number[]; start: number; length: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numAxes = bytes[3] ?? 0;
  const start = 4 + 4 * numAxes;
  if (bytes.length < 4 || view.getUint16(0) !== 0 || numAxes === 0) {
    throw new DataError(
      `${file}: expected an IDX header (00 00 type axes), got ${describeBytes(bytes.subarray(0, 4))}`,
    );
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new DataError(
      `${file}: expected element type 08 (unsigned byte), got ${describeBytes(bytes.subarray(2, 3))}`,
    );
  }
  if (bytes.length < start) {
    throw new DataError(`${file}: expected a header of ${start} bytes, got a file of ${bytes.length}`);
  }
  const shape = Array.from({ length: numAxes }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { shape, start, length: start + shape.reduce((product, size) => product * size, 1) };
}
