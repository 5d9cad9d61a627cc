import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCifar10 } from './cifar10.ts';
import { DATA_DIR } from './testing/dataDir.ts';

const records = (...labels: number[]): Uint8Array =>
  Uint8Array.from(labels.flatMap((label) => [label, ...new Uint8Array(3072)]));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minnow-cifar-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('reads all batches that are there, each once, plain, gzipped or the beginning of one', async () => {
  const own = join(folder, 'cifar10');
  await mkdir(own);
  await writeFile(join(own, 'data_batch_1.bin'), records(1, 2));
  await writeFile(join(own, 'data_batch_1.bin.gz'), gzipSync(records(1, 2)));
  await writeFile(join(own, 'data_batch_2.bin'), records(3));
  await writeFile(join(own, 'data_batch_2_first1.bin.gz'), gzipSync(records(3)));
  await writeFile(join(own, 'test_batch_first1.bin.gz'), gzipSync(records(7)));
  await writeFile(join(own, 'batches.meta.txt'), 'airplane\n');
  const { train, test } = await loadCifar10(folder);
  expect([...train.labels]).toEqual([1, 2, 3]);
  expect(train.inputs.length).toBe(3 * 3072);
  expect([...test.labels]).toEqual([7]);
});

test('names what is missing and where it comes from', async () => {
  await expect(loadCifar10(folder)).rejects.toThrow(
    /data_batch_1\.bin\.gz[^]*test_batch\.bin\.gz[^]*cs\.toronto\.edu/,
  );
  await writeFile(join(folder, 'data_batch_1.bin'), records(1));
  const failed = loadCifar10(folder);
  await expect(failed).rejects.toMatchObject({ code: 'data' });
  await expect(failed).rejects.not.toThrow('data_batch_1');
});

test.skipIf(!existsSync(join(DATA_DIR, 'cifar10')))(
  'reads the real CIFAR-10 (skipped where MINNOW_DATA_DIR does not hold it)',
  async () => {
    const { train, test } = await loadCifar10(DATA_DIR);
    expect(train.count).toBeGreaterThanOrEqual(15_000);
    expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    // Over all 50,000 the means are .4914 .4822 .4465.
    const means = [0, 0, 0];
    for (let i = 0; i < train.inputs.length; i++)
      means[i % 3]! += train.inputs[i]! / (255 * train.count * 1024);
    [0.4914, 0.4822, 0.4465].forEach((mean, channel) =>
      expect(Math.abs(means[channel]! - mean)).toBeLessThan(0.01),
    );
  },
);
