// What may happen to files, for tests.

import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** All files in the folder and its folders. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Flips one bit in place; returns what flips it back. */
export function flipBit(path: string, bit: number): () => void {
  const flip = (): void => {
    const file = openSync(path, 'r+');
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, Math.floor(bit / 8));
    byte[0]! ^= 1 << (bit % 8);
    writeSync(file, byte, 0, 1, Math.floor(bit / 8));
    closeSync(file);
  };
  flip();
  return flip;
}
