// Checkpoints: whole states of a run, each written so that it is either there and right, or not there.
// Knows nothing of what a state holds: it must be data that `structuredClone` takes (typed arrays, maps, plain objects).

import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { appendAll, type Disk } from './disk.ts';

const MAGIC = Buffer.from('MINNOWC1', 'latin1');
const HEADER_BYTES = MAGIC.length + 4;
const NAME = /^(\d{12})\.checkpoint$/;

export interface Checkpoint {
  /** The state is that after all journal entries with numbers below this. */
  readonly sequence: number;
  readonly state: unknown;
}

/** The bytes of a state. Taken at once, so that the state may change while they are written. */
export function encodeCheckpoint(state: unknown): Uint8Array[] {
  const payload = serialize(state);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(crc32(payload), MAGIC.length);
  return [header, payload];
}

/** Writes beside, flushes, renames: a crash at any moment leaves the older checkpoints as they were. */
export async function writeCheckpoint(
  disk: Disk,
  folder: string,
  sequence: number,
  bytes: readonly Uint8Array[],
): Promise<void> {
  const path = checkpointPath(folder, sequence);
  const file = disk.open(`${path}.part`, 'create');
  try {
    await appendAll(file, bytes);
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(`${path}.part`, path);
  await disk.syncFolder(folder);
}

export interface ReadCheckpoints {
  /** The newest one that reads back whole, or null. */
  readonly newest: Checkpoint | null;
  /** Newer ones that do not. */
  readonly unreadable: readonly string[];
}

export function readNewestCheckpoint(disk: Disk, folder: string): ReadCheckpoints {
  const unreadable: string[] = [];
  for (const sequence of listCheckpoints(disk, folder).reverse()) {
    const path = checkpointPath(folder, sequence);
    const state = readState(disk, path);
    if (state !== null) return { newest: { sequence, state: state.value }, unreadable };
    unreadable.push(path);
  }
  return { newest: null, unreadable };
}

/** Whether the checkpoint reads back whole. */
export function isCheckpointWhole(disk: Disk, folder: string, sequence: number): boolean {
  return readState(disk, checkpointPath(folder, sequence)) !== null;
}

/** Sequence numbers of the checkpoints on disk, oldest first; none where there is no folder. */
export function listCheckpoints(disk: Disk, folder: string): number[] {
  return disk
    .names(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => Number(NAME.exec(name)![1]));
}

/**
 * Removes all but the newest `keep` checkpoints; returns the sequence number from which on the journal is needed for
 * each of them to be done without: 0 as long as there are fewer.
 */
export async function dropOldCheckpoints(disk: Disk, folder: string, keep: number): Promise<number> {
  const sequences = listCheckpoints(disk, folder);
  const numOld = Math.max(0, sequences.length - keep);
  for (const sequence of sequences.slice(0, numOld)) await disk.remove(checkpointPath(folder, sequence));
  return sequences.length < keep ? 0 : sequences[numOld]!;
}

export function checkpointPath(folder: string, sequence: number): string {
  return join(folder, `${String(sequence).padStart(12, '0')}.checkpoint`);
}

function readState(disk: Disk, path: string): { readonly value: unknown } | null {
  const bytes = disk.readWhole(path);
  const payload = bytes.subarray(HEADER_BYTES);
  const isWhole =
    bytes.length >= HEADER_BYTES &&
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    bytes.readUInt32LE(MAGIC.length) === crc32(payload);
  return isWhole ? { value: deserialize(payload) } : null;
}
