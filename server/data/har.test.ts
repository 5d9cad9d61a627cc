import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dealShards } from '../../shared/tasks/deal.ts';
import { loadHar } from './har.ts';
import { DATA_DIR } from './testing/dataDir.ts';

function npy(type: string, shape: string, body: Uint8Array): Uint8Array {
  const header = Buffer.from(`{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }\n`);
  const start = Buffer.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  return Buffer.concat([start, header, body]);
}

/** Four windows: two that overlap by volunteer 1, one after a gap by him, one by volunteer 2, who is held out. */
async function writeSet(folder: string, change: Record<string, Uint8Array> = {}): Promise<void> {
  const windows = new Int16Array(4 * 128 * 6).map((_, i) => (i % 6 < 3 ? 720 : 0));
  const files = {
    'windows.i16.npy': npy('<i2', '(4, 128, 6)', new Uint8Array(windows.buffer)),
    'labels.u8.npy': npy('|u1', '(4,)', Uint8Array.of(0, 0, 1, 5)),
    'subjects.u8.npy': npy('|u1', '(4,)', Uint8Array.of(1, 1, 1, 2)),
    'experiments.u8.npy': npy('|u1', '(4,)', Uint8Array.of(1, 1, 1, 3)),
    'starts.u16.npy': npy('<u2', '(4,)', Uint8Array.of(0, 0, 64, 0, 200, 0, 8, 1)),
    ...change,
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minnow-har-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('scales to physical units, notes which windows overlap, and holds nine volunteers out', async () => {
  await writeSet(folder);
  const { train, test } = await loadHar(folder);
  expect([train.count, test.count]).toEqual([3, 1]);
  expect([...train.groups!]).toEqual([1, 1, 1]);
  expect([...train.overlaps!]).toEqual([0, 1, 0]);
  expect([...test.labels]).toEqual([5]);
  // 720 steps of the accelerometer are 1 g; mean 0.806 g, deviation 0.416 g.
  expect(train.inputs[0]).toBeCloseTo((1 - 0.806) / 0.416, 5);
});

test('refuses files that do not go together', async () => {
  await writeSet(folder, { 'labels.u8.npy': npy('|u1', '(3,)', Uint8Array.of(0, 0, 1)) });
  await expect(loadHar(folder)).rejects.toThrow(/labels\.u8\.npy: expected shape \[4\], got \[3\]/);
  await writeSet(folder, { 'labels.u8.npy': npy('|u1', '(4,)', Uint8Array.of(0, 0, 6, 1)) });
  await expect(loadHar(folder)).rejects.toThrow(/labels\.u8\.npy: expected labels 0 to 5, got 6 at 2/);
  await writeSet(folder, { 'windows.i16.npy': npy('<i2', '(4, 1, 6)', new Uint8Array(48)) });
  await expect(loadHar(folder)).rejects.toThrow(
    /windows\.i16\.npy: expected shape \[count, 128, 6\], got \[4, 1, 6\]/,
  );
});

test('names missing files and where they come from', async () => {
  await expect(loadHar('')).rejects.toThrow(
    /no --data-dir was given[^]*windows\.i16\.npy\.gz {2}sha256 1856be66[^]*archive\.ics/,
  );
});

test.skipIf(!existsSync(join(DATA_DIR, 'hapt')))(
  'deals the real recordings by volunteer, and to 60 devices as segments that share nothing (skipped where MINNOW_DATA_DIR does not hold them)',
  async () => {
    const { train, test } = await loadHar(DATA_DIR);
    expect([train.count, test.count]).toEqual([7415, 2996]);
    expect([new Set(train.groups).size, new Set(test.groups).size]).toEqual([21, 9]);
    const subjects = dealShards(train, { kind: 'natural' }, 21, 0, 1);
    expect(subjects.map((shard) => new Set(shard.groups).size)).toEqual(Array.from({ length: 21 }, () => 1));
    expect(subjects.reduce((sum, shard) => sum + shard.count, 0)).toBe(7415);

    const segments = dealShards(train, { kind: 'natural' }, 60, 0, 1);
    expect(segments.map((shard) => new Set(shard.groups).size)).toEqual(Array.from({ length: 60 }, () => 1));
    const kept = segments.reduce((sum, shard) => sum + shard.count, 0);
    // 39 cuts, at each of which at most one window lies across.
    expect(kept).toBeLessThan(7415);
    expect(kept).toBeGreaterThanOrEqual(7415 - 39);
    expectNoSharedData(segments.map((shard) => shard.inputs));
  },
);

/** No second half of a window in one shard is the first half of a window in another: so they overlap in a recording. */
function expectNoSharedData(shards: readonly (Uint8Array | Float32Array)[]): void {
  const half = 64 * 6;
  const holders = new Map<string, number>();
  let numFound = 0;
  const keyOf = ({ buffer, byteOffset }: Uint8Array | Float32Array, at: number) =>
    Buffer.from(buffer, byteOffset + 4 * at, 4 * half).toString('latin1');
  shards.forEach((inputs, shard) => {
    for (let at = half; at < inputs.length; at += 2 * half) holders.set(keyOf(inputs, at), shard);
  });
  shards.forEach((inputs, shard) => {
    for (let at = 0; at < inputs.length; at += 2 * half)
      if ((holders.get(keyOf(inputs, at)) ?? shard) !== shard) numFound++;
  });
  expect(numFound).toBe(0);
}
