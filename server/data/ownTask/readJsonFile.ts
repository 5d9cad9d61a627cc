// The JSON of a task file or of what it names, in whatever encoding an editor left it. Knows nothing of what it should say.

import { readFile, stat } from 'node:fs/promises';
import { decodeWhole } from '../../../shared/tables/encoding.ts';
import { DataError } from '../dataError.ts';

/** Names that every object has from elsewhere: what reads them would not read the file. */
const INHERITED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * `what` it should be, for the messages. Throws DataError where it cannot be read, is larger than `largestBytes`, is no JSON, or
 * has a key that no such file can mean.
 */
export async function readJsonFile(path: string, what: string, largestBytes: number): Promise<unknown> {
  const text = await readText(path, what, largestBytes);
  try {
    return JSON.parse(text, refuseInherited);
  } catch (error) {
    throw new DataError(
      error instanceof DataError
        ? `${path}: ${error.message}`
        : `${path}: expected JSON, got ${(error as Error).message}`,
    );
  }
}

async function readText(path: string, what: string, largestBytes: number): Promise<string> {
  const told = ({ code, message }: NodeJS.ErrnoException): never => {
    throw new DataError(`${path}: expected ${what} that can be read, got ${code ?? message}`);
  };
  const found = await stat(path).catch(told);
  // A pipe or a device may never end.
  if (!found.isFile()) throw new DataError(`${path}: expected a file, got something else`);
  if (found.size > largestBytes)
    throw new DataError(
      `${path}: expected ${what} of at most ${largestBytes} bytes, got ${found.size}: data lie in files of their own`,
    );
  return decodeWhole(await readFile(path).catch(told)).text;
}

function refuseInherited(key: string, value: unknown): unknown {
  if (INHERITED.has(key)) throw new DataError(`${key}: there is no such field`);
  return value;
}
