import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadTask } from './loadTask.ts';
import { DATA_DIR } from './testing/dataDir.ts';

describe('loadTask', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'minnow-data-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('gives digits without any files', async () => {
    const data = await loadTask('digits', { dataDir: '', seed: 3 });
    expect(data.test.count).toBe(2000);
  });

  test('names missing files, their source and their checksums', async () => {
    const failed = loadTask('fashion', { dataDir: folder, seed: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'data' });
    await expect(failed).rejects.toThrow(/train-images-idx3-ubyte\.gz {2}sha256 3aede38d/);
    await expect(failed).rejects.toThrow(/https:\/\/github\.com\/zalandoresearch\/fashion-mnist/);
  });

  test('says that no folder was given', async () => {
    await expect(loadTask('fashion', { dataDir: '', seed: 1 })).rejects.toThrow('no --data-dir was given');
  });

  test('reads the set from its own folder and from the parent of it', async () => {
    const own = join(folder, 'fashion-mnist');
    await mkdir(own);
    await writeSet(own, { labels: [3, 9] });
    for (const dataDir of [own, folder]) {
      const { train, test } = await loadTask('fashion', { dataDir, seed: 1 });
      expect([...train.labels]).toEqual([3, 9]);
      expect(test.inputs.length).toBe(2 * 784);
    }
  });

  test('refuses labels that do not go with the images', async () => {
    await writeSet(folder, { labels: [3, 9, 1] });
    await expect(loadTask('fashion', { dataDir: folder, seed: 1 })).rejects.toThrow(
      /labels-idx1-ubyte: expected shape \[2\], got \[3\]/,
    );
    await writeSet(folder, { labels: [3, 10] });
    await expect(loadTask('fashion', { dataDir: folder, seed: 1 })).rejects.toThrow(
      /expected labels 0 to 9, got 10 at 1/,
    );
  });

  test.skipIf(!existsSync(join(DATA_DIR, 'fashion-mnist')))(
    'reads the real Fashion-MNIST (skipped where MINNOW_DATA_DIR does not hold it)',
    async () => {
      const { train, test } = await loadTask('fashion', { dataDir: DATA_DIR, seed: 1 });
      expect([train.count, test.count]).toEqual([60_000, 10_000]);
      expect(train.labels.filter((label) => label === 7).length).toBe(6000);
      let sum = 0;
      for (const value of train.inputs) sum += value;
      expect(sum / train.inputs.length).toBeCloseTo(72.94, 2);
    },
  );
});

/** A set of two blank images a part. */
async function writeSet(folder: string, { labels }: { labels: number[] }): Promise<void> {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, ...new Uint8Array(2 * 784));
  const labelFile = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, labels.length, ...labels);
  for (const part of ['train', 't10k']) {
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), images);
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), labelFile);
  }
}
