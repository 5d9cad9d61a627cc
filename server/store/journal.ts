// The journal: appends entries so that they survive a crash, many with one disk flush (group commit).
// Knows nothing of what entries mean or of when a checkpoint makes them needless.

import { mkdir, open, truncate, unlink, type FileHandle } from 'node:fs/promises';
import { CheckpointError } from './checkpointError.ts';
import { encodeEntry, type JournalEntry } from './journalEntry.ts';
import { encodeSegmentHeader, listSegments, readSegment, segmentPath } from './segment.ts';
import { syncFolder } from './syncFolder.ts';

/** `writev` takes at most 1024 buffers a call on Linux; an entry has two. */
const MAX_BUFFERS = 1024;

export interface Journal {
  /** Number of entries appended in the life of the run; the next one gets this sequence number. */
  readonly nextSequence: number;
  /** Bytes appended since the newest segment began. */
  readonly segmentBytes: number;
  /**
   * Resolves when the entry is on disk, in the order of the calls. All entries that wait are written and flushed
   * together. Rejects with CheckpointError `writeFailed`, and so do all later calls: what follows a hole is worth nothing.
   */
  append(entry: JournalEntry): Promise<void>;
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
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Yields the entries with sequence numbers from `sequence` on. Throws CheckpointError `damaged` where one is missing. */
export function* readJournal(folder: string, sequence: number): Generator<JournalEntry, number> {
  const segments = listSegments(folder);
  let next = sequence;
  for (const [index, segment] of segments.entries()) {
    const following = segments[index + 1];
    if (following !== undefined && following.firstSequence <= sequence) continue;
    if (segment.firstSequence > next) throw missingEntries(segment.path, next, segment.firstSequence);
    let current = segment.firstSequence;
    for (const entry of readSegment(segment)) {
      if (current >= next) yield entry;
      current++;
    }
    next = Math.max(next, current);
    if (following !== undefined && current < following.firstSequence) {
      throw missingEntries(segment.path, current, following.firstSequence);
    }
  }
  return next;
}

function missingEntries(path: string, from: number, to: number): CheckpointError {
  return new CheckpointError(
    'damaged',
    `${path}: entries ${from} to ${to - 1} must be in the journal, but they are missing or damaged`,
  );
}

/**
 * Opens the journal in `folder` for appending from `nextSequence` on (the end that `readJournal` returned).
 * A torn tail of the last segment is cut; a new segment begins.
 */
export async function openJournal(folder: string, nextSequence: number): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  await cutTornTail(folder);
  let file = await createSegment(folder, nextSequence);
  let sequence = nextSequence;
  let segmentBytes = 0;
  let queue: Waiting[] = [];
  let failure: CheckpointError | null = null;
  let writing: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await write(batch);
        for (const waiting of batch) waiting.resolve();
      } catch (cause) {
        failure = new CheckpointError('writeFailed', `${folder}: the journal cannot be written`, { cause });
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
      await file.close();
      file = await createSegment(folder, waiting.segment);
    }
    await flush(file, buffers);
  }

  function enqueue(buffers: readonly Uint8Array[], segment: number | null): Promise<void> {
    if (failure !== null) return Promise.reject(failure);
    return new Promise((resolve, reject) => {
      queue.push({ buffers, segment, resolve, reject });
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
    append(entry) {
      const buffers = encodeEntry(entry);
      sequence++;
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
      const segments = listSegments(folder);
      for (const [index, segment] of segments.entries()) {
        const following = segments[index + 1];
        if (following !== undefined && following.firstSequence <= bound) await unlink(segment.path);
      }
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

async function cutTornTail(folder: string): Promise<void> {
  const last = listSegments(folder).at(-1);
  if (last === undefined) return;
  const records = readSegment(last);
  let step = records.next();
  while (!step.done) step = records.next();
  if (step.value.validBytes < step.value.fileBytes) await truncate(last.path, step.value.validBytes);
}

async function createSegment(folder: string, firstSequence: number): Promise<FileHandle> {
  const file = await open(segmentPath(folder, firstSequence), 'w');
  await file.write(encodeSegmentHeader(firstSequence));
  await file.datasync();
  await syncFolder(folder);
  return file;
}

async function flush(file: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  if (buffers.length === 0) return;
  for (let from = 0; from < buffers.length; from += MAX_BUFFERS) {
    const part = buffers.slice(from, from + MAX_BUFFERS);
    const expected = part.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const { bytesWritten } = await file.writev(part);
    if (bytesWritten !== expected) throw new Error(`wrote ${bytesWritten} of ${expected} bytes`);
  }
  await file.datasync();
}
