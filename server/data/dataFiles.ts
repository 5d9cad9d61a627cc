// Finds the files of a known data set in a folder or in the set's own folder below it, gzipped or not.
// Knows nothing of what is in them.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from './dataError.ts';

export interface WantedFiles {
  /** For the message. */
  readonly task: string;
  /** The set's own folder. */
  readonly folder: string;
  /** File names without `.gz`, each with what helps to find or check it, e.g. its sha256. */
  readonly files: Readonly<Record<string, string>>;
  /** Where they come from. */
  readonly source: string;
}

/** Files in the folder, else in the set's own folder below it, by name without `.gz`; the gzipped one where both are there. */
export async function listDataFiles(dataDir: string, folder: string): Promise<Map<string, string>> {
  if (dataDir === '') return new Map();
  return new Map([...(await listFolder(join(dataDir, folder))), ...(await listFolder(dataDir))]);
}

async function listFolder(folder: string): Promise<[string, string][]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().map((name) => [name.replace(/\.gz$/, ''), join(folder, name)]);
}

/** Paths in the order of `files`. Throws DataError with names, source and checksums where one is missing. */
export async function findDataFiles(dataDir: string, wanted: WantedFiles): Promise<string[]> {
  const found = await listDataFiles(dataDir, wanted.folder);
  const names = Object.keys(wanted.files);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw missingFiles(dataDir, wanted, missing);
  return names.map((name) => found.get(name)!);
}

export function missingFiles(dataDir: string, wanted: WantedFiles, names: readonly string[]): DataError {
  const lines = names.map((name) => `  ${name}.gz  ${wanted.files[name] ?? ''}`.trimEnd());
  const where =
    dataDir === '' ? 'no --data-dir was given' : `not in ${dataDir} nor in its folder ${wanted.folder}`;
  return new DataError(
    `task "${wanted.task}" needs these files (${where}):\n${lines.join('\n')}\nThey come from ${wanted.source}`,
  );
}
