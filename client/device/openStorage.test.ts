import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openBlockStore } from './blockStore.ts';
import { openStorage, SilentStorageError } from './openStorage.ts';
import { openOwnStore } from './own/ownStore.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A browser whose storage fires no event. */
function silence(): void {
  vi.stubGlobal('indexedDB', { open: () => new EventTarget() });
}

test('a storage that never answers is given up after two seconds, each time that it is asked', async () => {
  silence();
  const store = openStorage('minnow', 'blocks');
  for (let time = 1; time <= 2; time++) {
    const asked = store('readonly', () => 1);
    const failed = expect(asked).rejects.toBeInstanceOf(SilentStorageError);
    await vi.advanceTimersByTimeAsync(2_000);
    await failed;
  }
});

test('a device goes on without kept blocks, and keeps none', async () => {
  silence();
  const opened = openBlockStore('d1', 0);
  await vi.advanceTimersByTimeAsync(2_000);
  const store = await opened;
  store.keep({ tensor: 0, version: 1, precision: 'float32' }, new ArrayBuffer(4));
  expect(store.blocks).toEqual([]);
  expect(await store.read(0)).toBeNull();
});

test('whoever wants own samples kept hears that they cannot be', async () => {
  silence();
  const kept = openOwnStore('key').keepChoice({ chosen: null, personal: null });
  const failed = expect(kept).rejects.toBeInstanceOf(SilentStorageError);
  await vi.advanceTimersByTimeAsync(2_000);
  await failed;
});

test('a browser without storage rejects at once', async () => {
  await expect(openStorage('minnow', 'blocks')('readonly', () => 1)).rejects.toThrow('indexedDB');
});
