// A task file's JSON, in whatever encoding an editor left it. Knows nothing of what it should say.

import { readFile, stat } from 'node:fs/promises';
import { decodeWhole } from '../../../shared/tables/encoding.ts';
import { DataError } from '../dataError.ts';

/** A task file is written by hand. */
const LARGEST_BYTES = 2 ** 20;
/** Names that every object has from elsewhere: what reads them would not read the file. */
const INHERITED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Throws DataError where it cannot be read, is no JSON, or has a key that no task file can mean. */
export async function readTaskFile(path: string): Promise<unknown> {
  const text = await readText(path);
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

async function readText(path: string): Promise<string> {
  const told = ({ code, message }: NodeJS.ErrnoException): never => {
    throw new DataError(`${path}: expected a task file that can be read, got ${code ?? message}`);
  };
  const found = await stat(path).catch(told);
  // A pipe or a device may never end.
  if (!found.isFile()) throw new DataError(`${path}: expected a file, got something else`);
  if (found.size > LARGEST_BYTES)
    throw new DataError(
      `${path}: expected a task file of at most ${LARGEST_BYTES} bytes, got ${found.size}: data lie in files of their own`,
    );
  return decodeWhole(await readFile(path).catch(told)).text;
}

function refuseInherited(key: string, value: unknown): unknown {
  if (INHERITED.has(key)) throw new DataError(`${key}: there is no such field`);
  return value;
}
