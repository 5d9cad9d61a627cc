// Whether a result will find its place, asked before hours of work and not after.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Throws RangeError, beginning with the flag, where the file could not be written. Undefined: none is wanted. */
export function expectOutputFile(flag: string, file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  if (!existsSync(folder))
    throw new RangeError(
      `${flag} must name a file in a folder that is there, got "${file}": no folder ${folder}`,
    );
  if (!statSync(folder).isDirectory())
    throw new RangeError(`${flag} must name a file in a folder, got "${file}": ${folder} is none`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new RangeError(`${flag} must name a file, got the folder "${file}"`);
  expectWritable(flag, existsSync(file) ? file : folder);
}

/** The same for a folder, which is made with those above it where it is not there. */
export function expectOutputFolder(flag: string, folder: string): void {
  let there = resolve(folder);
  while (!existsSync(there)) there = dirname(there);
  if (!statSync(there).isDirectory())
    throw new RangeError(`${flag} must name a folder, got "${folder}": ${there} is a file`);
  expectWritable(flag, there);
}

function expectWritable(flag: string, path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new RangeError(`${flag}: ${path} must be writable, got ${code}`, { cause: error });
  }
}
