import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readDataFile } from './readDataFile.ts';

test('a small file that unpacks to more than is allowed is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-file-'));
  try {
    const file = join(folder, 'bomb.gz');
    writeFileSync(file, gzipSync(new Uint8Array(1_000_000)));
    expect((await readDataFile(file)).length).toBe(1_000_000);
    await expect(readDataFile(file, 999_999)).rejects.toThrow(
      `${file}: expected at most 999999 bytes unpacked, got more`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
