import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError } from './dataError.ts';
import { parseIdx, readIdx } from './readIdx.ts';

const GOOD = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe('readIdx', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minnow-idx-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('reads the same array from a plain and from a gzipped file', async () => {
    await writeFile(join(folder, 'plain'), GOOD);
    await writeFile(join(folder, 'packed.gz'), gzipSync(GOOD));
    for (const name of ['plain', 'packed.gz']) {
      const { shape, values } = await readIdx(join(folder, name));
      expect(shape).toEqual([2, 3]);
      expect([...values]).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test('refuses a gzip file that breaks off', async () => {
    const file = join(folder, 'broken.gz');
    await writeFile(file, gzipSync(GOOD).subarray(0, 20));
    await expect(readIdx(file)).rejects.toThrow(/broken\.gz: expected a gzip file/);
  });
});

test.each([
  ['an empty file', Uint8Array.of(), 'expected an IDX header (00 00 type axes), got an empty file'],
  [
    'another format',
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
    'expected an IDX header (00 00 type axes), got 89 50 4e 47',
  ],
  ['floats', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), 'expected element type 08 (unsigned byte), got 0d'],
  ['a short header', GOOD.subarray(0, 9), 'expected a header of 12 bytes, got a file of 9'],
  ['a short body', GOOD.subarray(0, 15), 'expected 18 bytes for shape [2, 3], got 15'],
  ['a long body', Uint8Array.of(...GOOD, 7), 'expected 18 bytes for shape [2, 3], got more'],
])('parseIdx refuses %s and says what it expected', (_, bytes, message) => {
  expect(() => parseIdx(bytes, 'some-file')).toThrow(new DataError(`some-file: ${message}`));
});
