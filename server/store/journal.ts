// The journal: appends entries so that they survive a crash, many with one disk flush (group commit).
// Knows nothing of what entries mean or of when a checkpoint makes them needless.

import type { Acknowledged } from './acknowledged.ts';
import type { CheckpointError } from './checkpointError.ts';
import type { Damage } from './damage.ts';
import { appendAll, appendAllNow, type Disk, type DiskFile } from './disk.ts';
import { writeAgain } from './writeAgain.ts';
import { writeFailure } from './writeFailure.ts';
import { encodeEntry, type JournalEntry } from './journalEntry.ts';
import { encodeSegmentHeader, listSegments, readSegment, segmentPath } from './segment.ts';

export interface Journal {
  /** Number of entries appended in the life of the run; the next one gets this sequence number. */
  readonly nextSequence: number;
  /** Bytes appended since the newest segment began. */
  readonly segmentBytes: number;
  /**
   * Resolves when the entry is on disk, in the order of the calls. All entries that wait are written and flushed
   * together. Rejects with CheckpointError `writeFailed`, and so do all later calls: what follows a hole is worth nothing.
   * `numAccepted`: of all updates, with this entry.
   */
  append(entry: JournalEntry, numAccepted: number): Promise<void>;
  /** All later entries go to a new segment. Resolves with its first sequence number when all before it is on disk. */
  rotate(): Promise<number>;
  /** Removes segments all of whose entries have numbers below `sequence`. */
  dropBefore(sequence: number): Promise<void>;
  /** Flushes and closes. */
  close(): Promise<void>;
}

interface Waiting {
  readonly buffers: readonly Uint8Array[];
  /** Not null: a new segment with this first sequence number begins here. */
  readonly segment: number | null;
  /** What is acknowledged once this is durable. */
  readonly outcome: Acknowledged;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface JournalEnd {
  /** Number of the first entry that could not be read. */
  readonly next: number;
  /** Why the journal goes no further; null where it ends with a whole record. After a crash that is a torn tail. */
  readonly damage: Damage | null;
}

/** Yields the entries with sequence numbers from `sequence` on, as far as they can be read without a gap. */
export function* readJournal(
  disk: Disk,
  folder: string,
  sequence: number,
): Generator<JournalEntry, JournalEnd> {
  const segments = listSegments(disk, folder);
  let next = sequence;
  if (segments.length === 0)
    return { next, damage: { path: folder, place: null, what: 'is missing or empty' } };
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1];
    if (following !== undefined && following.firstSequence <= sequence) continue;
    if (segment.firstSequence > next) {
      const what = `lacks the segment with entries ${next} to ${segment.firstSequence - 1}`;
      return { next, damage: { path: folder, place: null, what } };
    }
    let current = segment.firstSequence;
    const records = readSegment(disk, segment);
    let step = records.next();
    for (; !step.done; step = records.next()) {
      if (current >= next) yield step.value;
      current++;
    }
    next = Math.max(next, current);
    const { validBytes, fileBytes } = step.value;
    const isTorn = validBytes < fileBytes;
    // An earlier opening went on behind the torn end.
    if (following !== undefined && following.firstSequence <= current) continue;
    if (isTorn || following !== undefined) {
      const what = isTorn ? 'is damaged' : 'is cut off';
      return { next, damage: { path: segment.path, place: `byte ${validBytes} of ${fileBytes}`, what } };
    }
  }
  return { next, damage: null };
}

export interface JournalOptions {
  readonly disk: Disk;
  readonly folder: string;
  /** The end that `readJournal` returned. */
  readonly nextSequence: number;
  /** Bytes that a replay would read already. */
  readonly replayedBytes?: number;
  /** Told after each flush, before anything is resolved; a throw counts as a failed write. */
  readonly onDurable?: (acknowledged: Acknowledged) => void;
}

/** Opens the journal for appending. A torn tail of the last segment is cut; a new segment begins. */
export async function openJournal({
  disk,
  folder,
  nextSequence,
  replayedBytes = 0,
  onDurable = () => {},
}: JournalOptions): Promise<Journal> {
  await makeTailDurable(disk, folder);
  let file = await createSegment(disk, folder, nextSequence);
  let sequence = nextSequence;
  let segmentBytes = replayedBytes;
  let lastAccepted = 0;
  let queue: Waiting[] = [];
  let failure: CheckpointError | null = null;
  let writing: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await write(batch);
        const newest = batch.filter(({ segment }) => segment === null).at(-1);
        if (newest) onDurable(newest.outcome);
        for (const waiting of batch) waiting.resolve();
      } catch (cause) {
        failure = writeFailure(folder, cause);
        for (const waiting of [...batch, ...queue]) waiting.reject(failure);
        queue = [];
      }
    }
    writing = null;
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    let buffers: Uint8Array[] = [];
    for (const waiting of batch) {
      if (waiting.segment === null) {
        buffers.push(...waiting.buffers);
        continue;
      }
      await flush(file, buffers);
      buffers = [];
      file.close();
      file = await createSegment(disk, folder, waiting.segment);
    }
    await flush(file, buffers);
  }

  function enqueue(buffers: readonly Uint8Array[], segment: number | null): Promise<void> {
    if (failure !== null) return Promise.reject(failure);
    const outcome = { entries: sequence, updates: lastAccepted };
    return new Promise((resolve, reject) => {
      queue.push({ buffers, segment, outcome, resolve, reject });
      // One turn later, so that everything of this turn shares a flush.
      writing ??= Promise.resolve().then(drain);
    });
  }

  return {
    get nextSequence() {
      return sequence;
    },
    get segmentBytes() {
      return segmentBytes;
    },
    append(entry, numAccepted) {
      const buffers = encodeEntry(entry);
      sequence++;
      lastAccepted = numAccepted;
      for (const buffer of buffers) segmentBytes += buffer.byteLength;
      return enqueue(buffers, null);
    },
    async rotate() {
      const first = sequence;
      segmentBytes = 0;
      await enqueue([], first);
      return first;
    },
    async dropBefore(bound) {
      const segments = listSegments(disk, folder);
      for (const [index, segment] of segments.entries()) {
        const following = segments[index + 1];
        if (following !== undefined && following.firstSequence <= bound) await disk.remove(segment.path);
      }
    },
    async close() {
      await writing;
      file.close();
    },
  };
}

/** What was read back may be in the system's memory alone, and it will not write it: nothing may follow before it is on the disk. */
async function makeTailDurable(disk: Disk, folder: string): Promise<void> {
  const last = listSegments(disk, folder).at(-1);
  if (last === undefined) return;
  const records = readSegment(disk, last);
  let step = records.next();
  while (!step.done) step = records.next();
  const file = disk.open(last.path, 'change');
  try {
    if (step.value.validBytes < step.value.fileBytes) file.truncate(step.value.validBytes);
    writeAgain(file, 0, step.value.validBytes);
    await file.sync();
  } finally {
    file.close();
  }
}

async function createSegment(disk: Disk, folder: string, firstSequence: number): Promise<DiskFile> {
  const file = disk.open(segmentPath(folder, firstSequence), 'create');
  appendAllNow(file, encodeSegmentHeader(firstSequence));
  await file.sync();
  await disk.syncFolder(folder);
  return file;
}

async function flush(file: DiskFile, buffers: readonly Uint8Array[]): Promise<void> {
  if (buffers.length === 0) return;
  await appendAll(file, buffers);
  await file.sync();
}
