import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataFile } from './readDataFile.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

test.each([10, 70_000, 3_000_000])('a file of %d bytes comes whole, packed or not', async (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
  for (const file of [write('a', bytes), write('a.gz', gzipSync(bytes))])
    expect(Buffer.compare(await readDataFile(file, () => length), bytes), file).toBe(0);
});

test('of a file that is longer than it says one byte more is held, however small it was packed', async () => {
  const bomb = write('bomb.gz', gzipSync(new Uint8Array(300_000_000)));
  const before = process.memoryUsage().arrayBuffers;
  expect((await readDataFile(bomb, () => 100_000)).length).toBe(100_001);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
});

test('a header that tells of more than is read is refused before it is', async () => {
  await expect(readDataFile(write('b', Uint8Array.of(1)), () => 2 ** 31)).rejects.toThrow(
    /b: expected at most 1073741824 bytes unpacked, got a header that tells of 2147483648/,
  );
});

test('what is no plain file is refused, not waited for', async () => {
  await expect(readDataFile(folder, () => 1)).rejects.toThrow('expected a file, got a folder or a device');
  await expect(readDataFile('/dev/zero', () => 1)).rejects.toThrow('got a folder or a device');
});
