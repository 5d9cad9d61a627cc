// A data file as bytes, unpacked where it is gzipped. Knows nothing of what is in it.

import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError } from './dataError.ts';

/** A small gzip file may unpack to far more than a machine holds. */
const MAX_UNPACKED_BYTES = 2 ** 30;

/** Throws DataError where the file cannot be read or does not unpack. */
export async function readDataFile(
  file: string,
  maxUnpackedBytes = MAX_UNPACKED_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${file}: expected a file that can be read, got ${error.code ?? error.message}`);
  });
  const isPacked = raw[0] === 0x1f && raw[1] === 0x8b;
  const { buffer, byteOffset, byteLength } = isPacked ? await unpack(raw, file, maxUnpackedBytes) : raw;
  // No Buffer: what is made like it elsewhere would be one, too.
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function unpack(raw: Buffer, file: string, maxOutputLength: number): Promise<Buffer> {
  return promisify(gunzip)(raw, { maxOutputLength }).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      error.code === 'ERR_BUFFER_TOO_LARGE'
        ? `${file}: expected at most ${maxOutputLength} bytes unpacked, got more`
        : `${file}: expected a gzip file, got one that does not unpack (${error.message})`,
    );
  });
}

/** For messages: the first bytes of a file that is not what it should be. */
export function describeBytes(bytes: Uint8Array): string {
  return bytes.length === 0
    ? 'an empty file'
    : [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
