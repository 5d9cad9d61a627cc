// Checkpoints: whole states of a run, each written so that it is either there and right, or not there.
// Knows nothing of what a state holds: it must be data that `structuredClone` takes (typed arrays, maps, plain objects).

import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { syncFolder } from './syncFolder.ts';

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
  folder: string,
  sequence: number,
  bytes: readonly Uint8Array[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = checkpointPath(folder, sequence);
  const file = await open(`${path}.part`, 'w');
  try {
    for (const part of bytes) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(folder);
}

/** The newest checkpoint that reads back whole, or null. */
export function readNewestCheckpoint(folder: string): Checkpoint | null {
  for (const sequence of listCheckpoints(folder).reverse()) {
    const state = readState(checkpointPath(folder, sequence));
    if (state !== null) return { sequence, state: state.value };
  }
  return null;
}

/** Sequence numbers of the checkpoints on disk, oldest first. */
export function listCheckpoints(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => Number(NAME.exec(name)![1]));
}

/** Removes all but the newest `keep` checkpoints; returns the oldest kept number. */
export async function dropOldCheckpoints(folder: string, keep: number): Promise<number> {
  const sequences = listCheckpoints(folder);
  const numOld = Math.max(0, sequences.length - keep);
  for (const sequence of sequences.slice(0, numOld)) await unlink(checkpointPath(folder, sequence));
  return sequences[numOld] ?? 0;
}

function checkpointPath(folder: string, sequence: number): string {
  return join(folder, `${String(sequence).padStart(12, '0')}.checkpoint`);
}

function readState(path: string): { readonly value: unknown } | null {
  const bytes = readFileSync(path);
  const payload = bytes.subarray(HEADER_BYTES);
  const isWhole =
    bytes.length >= HEADER_BYTES &&
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    bytes.readUInt32LE(MAGIC.length) === crc32(payload);
  return isWhole ? { value: deserialize(payload) } : null;
}
