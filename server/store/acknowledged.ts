// `acknowledged` in a run's folder: how far its journal has been told to the outside. The journal alone cannot say whether
// its end was torn by a crash, which loses nothing, or damaged, which does; this can. Written after the journal's flush
// and before anything is acknowledged, so it never says too much; not flushed itself, so after a power cut, and then
// alone, it may say too little.
//
//     | line for an even number of writes, padded | line for an odd one |       each: JSON with its checksum

import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { replaceFile } from './replaceFile.ts';
import { sealLine, unsealLine } from './seal.ts';

const SLOT_BYTES = 128;

export interface Acknowledged {
  /** The journal's entries with numbers below this are on disk, and told. */
  readonly entries: number;
  /** Accepted updates among them. */
  readonly updates: number;
}

export interface AcknowledgedFile {
  note(acknowledged: Acknowledged): void;
  flush(): Promise<void>;
  close(): void;
}

export interface ReadAcknowledged {
  /** Null: the file is missing or nothing in it can be read. */
  readonly value: Acknowledged | null;
  readonly isMissing: boolean;
  /** One of its two lines is not what was written; the other one counts. */
  readonly isPartlyDamaged: boolean;
}

export function acknowledgedPath(folder: string): string {
  return join(folder, 'acknowledged');
}

export function readAcknowledged(disk: Disk, folder: string): ReadAcknowledged {
  let bytes: Buffer;
  try {
    bytes = disk.readWhole(acknowledgedPath(folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { value: null, isMissing: true, isPartlyDamaged: false };
  }
  const slots = [0, 1].map((slot) => readSlot(bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)));
  const sound = slots.filter((slot) => slot !== null).sort((a, b) => b.entries - a.entries);
  return { value: sound[0] ?? null, isMissing: false, isPartlyDamaged: sound.length === 1 };
}

function readSlot(slot: Buffer): Acknowledged | null {
  if (slot.length < SLOT_BYTES) return null;
  const end = slot.indexOf('\n');
  return end < 0 ? null : (unsealLine(slot.subarray(0, end)) as Acknowledged | null);
}

/** Begins the file anew with what is acknowledged at present. */
export function openAcknowledged(disk: Disk, folder: string, now: Acknowledged): AcknowledgedFile {
  replaceFile(disk, acknowledgedPath(folder), Buffer.concat([encodeSlot(now), encodeSlot(now)]));
  const file = disk.open(acknowledgedPath(folder), 'change');
  let numWrites = 0;
  return {
    note(acknowledged) {
      const slot = encodeSlot(acknowledged);
      const written = file.writeAt(slot, (numWrites++ % 2) * SLOT_BYTES);
      if (written < SLOT_BYTES) throw new Error(`wrote ${written} of ${SLOT_BYTES} bytes`);
    },
    flush: () => file.sync(),
    close: () => file.close(),
  };
}

function encodeSlot({ entries, updates }: Acknowledged): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES, ' ');
  slot.write(`${sealLine({ entries, updates })}\n`);
  slot.write('\n', SLOT_BYTES - 1);
  return slot;
}
