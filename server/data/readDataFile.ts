// A data file as bytes, unpacked where it is gzipped: piece by piece, or whole up to a size. Knows nothing of what is in it.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from './dataError.ts';

/** A small gzip file may unpack to far more than a machine holds. */
const MOST_BYTES = 2 ** 30;
/** Where the header of an array says how long the file is. */
const HEAD_BYTES = 2 ** 16;
const CHUNK_BYTES = 2 ** 20;

/** Pieces of the file, each the caller's. Throws DataError where it cannot be read or does not unpack, or is no plain file. */
export async function* readUnpacked(file: string): AsyncGenerator<Uint8Array> {
  const isPacked = await beginsAsGzip(file);
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const stream = isPacked ? source.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : source;
  source.on('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw unreadable(file, error as NodeJS.ErrnoException);
    throw new DataError(`${file}: expected a gzip file, got one that does not unpack (${message})`);
  } finally {
    source.destroy();
    stream.destroy();
  }
}

async function beginsAsGzip(file: string): Promise<boolean> {
  try {
    // A pipe or a device may never end.
    const isFile = (await stat(file)).isFile();
    if (!isFile) throw new DataError(`${file}: expected a file, got a folder or a device`);
    const handle = await open(file);
    try {
      const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
      return buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof DataError ? error : unreadable(file, error as NodeJS.ErrnoException);
  }
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): DataError {
  return new DataError(`${file}: expected a file that can be read, got ${code ?? message}`);
}

/**
 * All of the file. `lengthOf` tells by its beginning, 64 KiB or all that there is, how many bytes it should have: of a longer one
 * a single byte more is held, so that who compares lengths sees it. Throws DataError.
 */
export async function readDataFile(
  file: string,
  lengthOf: (head: Uint8Array) => number,
): Promise<Uint8Array<ArrayBuffer>> {
  let whole = new Uint8Array(0);
  let held = 0;
  let most: number | null = null;
  for await (const chunk of readUnpacked(file)) {
    if (most === null) whole = withRoom(whole, held + chunk.length);
    whole.set(chunk.subarray(0, whole.length - held), held);
    held = Math.min(held + chunk.length, whole.length);
    if (most === null && held >= HEAD_BYTES) {
      most = mostOf(lengthOf, whole.subarray(0, held), file);
      whole = withRoom(whole, most);
    }
    if (most !== null && held >= most) return whole;
  }
  most ??= mostOf(lengthOf, whole.subarray(0, held), file);
  return whole.subarray(0, Math.min(held, most));
}

function withRoom(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  // No Buffer: what is made like it elsewhere would be one, too.
  const longer = new Uint8Array(length);
  longer.set(bytes.subarray(0, length));
  return longer;
}

function mostOf(lengthOf: (head: Uint8Array) => number, head: Uint8Array, file: string): number {
  const length = lengthOf(head);
  if (length <= MOST_BYTES) return length + 1;
  throw new DataError(
    `${file}: expected at most ${MOST_BYTES} bytes unpacked, got a header that tells of ${length}`,
  );
}

/** For messages: the first bytes of a file that is not what it should be. */
export function describeBytes(bytes: Uint8Array): string {
  return bytes.length === 0
    ? 'an empty file'
    : [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
