// Where the data files of a task of one's own may lie. A task file may come from somebody else: it reads what lies beside it,
// or in the folder that whoever starts the server names, and nothing else of this machine.

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { DataError } from '../dataError.ts';

export interface DataPlaces {
  /** Of the task file; names are relative to it. */
  readonly folder: string;
  /** `--data-dir`; '' when none was given. */
  readonly dataDir: string;
  /** Name of the task file, for messages. */
  readonly task: string;
}

/** The file's path. Throws DataError naming the field where the file is not there, or lies elsewhere: by `..`, from the root or through a link. */
export async function findDataFile(name: string, field: string, places: DataPlaces): Promise<string> {
  const { folder, dataDir, task } = places;
  const path = resolve(folder, name);
  const folders = [resolve(folder), ...(dataDir === '' ? [] : [resolve(dataDir)])];
  const allowed = await Promise.all(folders.map(realPathOf));
  // A file elsewhere is not even looked for.
  const isSpeltInside = [...folders, ...allowed].some((each) => isWithin(path, each));
  const real = isSpeltInside ? await realPathOf(path) : path;
  if (isSpeltInside && allowed.some((each) => isWithin(real, each))) return path;
  const where =
    dataDir === '' ? `${folder} (or of --data-dir, which was not given)` : `${folder} or ${dataDir}`;
  const way = isSpeltInside ? `, which leads to ${real}` : '';
  throw new DataError(`${task}: ${field}: expected a file in the folder ${where}, got "${name}"${way}`);
}

async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(({ code, message }: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: expected a file that can be read, got ${code ?? message}`);
  });
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
