import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Damage } from './damage.ts';
import { openJournal, readJournal } from './journal.ts';
import type { JournalEntry } from './journalEntry.ts';
import { listSegments, SEGMENT_HEADER_BYTES } from './segment.ts';
import { nodeDisk } from './nodeDisk.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = {
  assignmentId: 'a',
  steps: 1,
  samples: 1,
  lossFirst: 2,
  lossLast: 1,
  noise: -1,
  stepMs: 1,
  overruns: 0,
  deviceBytes: 1,
  allocatedBytes: 1,
  joinToFirstStepMs: 1,
  held: [0, -1],
};

/** Entry number `k`: every third one carries bytes. */
function entryOf(k: number): JournalEntry {
  if (k % 3 !== 0) return { kind: 'clockAdvanced', atMs: k + 0.25 };
  return {
    kind: 'updateReceived',
    atMs: k,
    deviceId: `device-${k}`,
    header: HEADER,
    delta: Uint8Array.of(k % 256, 1, 255),
  };
}

async function write(from: number, to: number): Promise<void> {
  const journal = await openJournal({ disk: nodeDisk, folder, nextSequence: from });
  const appended: Promise<void>[] = [];
  for (let k = from; k < to; k++) appended.push(journal.append(entryOf(k), 0));
  await Promise.all(appended);
  await journal.close();
}

function read(sequence = 0): { entries: JournalEntry[]; next: number; damage: Damage | null } {
  const entries: JournalEntry[] = [];
  const reader = readJournal(nodeDisk, folder, sequence);
  let step = reader.next();
  for (; !step.done; step = reader.next()) entries.push(step.value);
  return { entries, ...step.value };
}

const entriesTo = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, k) => entryOf(from + k));
const onlySegment = () => listSegments(nodeDisk, folder)[0]!.path;

describe('journal', () => {
  it('gives back what was appended, in order and bit for bit', async () => {
    await write(0, 10);
    expect(read()).toEqual({ entries: entriesTo(0, 10), next: 10, damage: null });
  });

  it('goes on over several openings and segments', async () => {
    await write(0, 4);
    await write(4, 5);
    await write(5, 9);
    expect(read()).toEqual({ entries: entriesTo(0, 9), next: 9, damage: null });
    expect(read(6)).toEqual({ entries: entriesTo(6, 9), next: 9, damage: null });
  });

  it('resolves appends in the order of the calls, only when they can be read back', async () => {
    const journal = await openJournal({ disk: nodeDisk, folder, nextSequence: 0 });
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (k) => {
        await journal.append(entryOf(k), 0);
        order.push(k);
        expect(read().next).toBeGreaterThan(k);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4]);
    await journal.close();
  });

  it('starts a new segment between two entries and drops the segments before it', async () => {
    const journal = await openJournal({ disk: nodeDisk, folder, nextSequence: 0 });
    const first = journal.append(entryOf(0), 0);
    const rotated = journal.rotate();
    const second = journal.append(entryOf(1), 0);
    expect(await rotated).toBe(1);
    await Promise.all([first, second]);
    expect(listSegments(nodeDisk, folder).map((segment) => segment.firstSequence)).toEqual([0, 1]);
    await journal.dropBefore(1);
    expect(listSegments(nodeDisk, folder).map((segment) => segment.firstSequence)).toEqual([1]);
    expect(read(1)).toEqual({ entries: [entryOf(1)], next: 2, damage: null });
    await journal.close();
  });

  it('takes the whole records of a file cut at any byte, and goes on behind them', async () => {
    await write(0, 4);
    const whole = readFileSync(onlySegment());
    for (let length = whole.length - 1; length >= 0; length--) {
      writeFileSync(onlySegment(), whole.subarray(0, length));
      const { entries, next } = read();
      expect(entries).toEqual(entriesTo(0, next));
      expect(next).toBeLessThan(4);
    }
    writeFileSync(onlySegment(), whole);
    truncateSync(onlySegment(), whole.length - 1);
    expect(read().next).toBe(3);
    await write(3, 6);
    expect(read()).toEqual({ entries: entriesTo(0, 6), next: 6, damage: null });
  });

  it('stops before a record whose bytes were changed, and cuts it when it is opened', async () => {
    await write(0, 4);
    const bytes = readFileSync(onlySegment());
    bytes[bytes.length - 2]! ^= 0x10;
    writeFileSync(onlySegment(), bytes);
    expect(read()).toMatchObject({ entries: entriesTo(0, 3), next: 3, damage: { path: onlySegment() } });
    await (await openJournal({ disk: nodeDisk, folder, nextSequence: 3 })).close();
    expect(statSync(onlySegment()).size).toBeLessThan(bytes.length);
  });

  it('takes garbage behind the last record for a torn tail', async () => {
    await write(0, 3);
    appendFileSync(onlySegment(), Buffer.from('ffffffffffffffff01', 'hex'));
    expect(read()).toMatchObject({ entries: entriesTo(0, 3), next: 3, damage: { path: onlySegment() } });
  });

  it('says which entries are missing where a hole lies before later segments', async () => {
    await write(0, 3);
    await write(3, 6);
    truncateSync(onlySegment(), SEGMENT_HEADER_BYTES + 3);
    const hole = {
      path: onlySegment(),
      place: `byte ${SEGMENT_HEADER_BYTES} of ${SEGMENT_HEADER_BYTES + 3}`,
    };
    expect(read()).toMatchObject({ entries: [], next: 0, damage: hole });
    expect(read(3).next).toBe(6);
  });

  it('fails every append after a failed write', async () => {
    const journal = await openJournal({ disk: nodeDisk, folder, nextSequence: 0 });
    await journal.append(entryOf(0), 0);
    rmSync(folder, { recursive: true });
    await expect(journal.rotate()).rejects.toMatchObject({ code: 'writeFailed' });
    await expect(journal.append(entryOf(1), 0)).rejects.toMatchObject({ code: 'writeFailed' });
  });
});
