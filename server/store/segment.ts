// Segments: the files of a journal. Names, headers, reading back. Knows nothing of who writes them or what events mean.
//
//     journal/000000000000.log   | magic, 8 bytes | sequence number of its first record, u64 | record | record | ...

import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { RECORD_HEADER_BYTES, decodeEntry, decodeRecordHeader, type JournalEntry } from './journalEntry.ts';

const MAGIC = Buffer.from('MINNOWJ1', 'latin1');
const SEQUENCE_BYTES = 8;
export const SEGMENT_HEADER_BYTES = MAGIC.length + SEQUENCE_BYTES;
const NAME = /^(\d{12})\.log$/;

export interface Segment {
  readonly path: string;
  /** Sequence number of its first record; the k-th record of the journal has number k, from 0. */
  readonly firstSequence: number;
}

export function segmentPath(folder: string, firstSequence: number): string {
  return join(folder, `${String(firstSequence).padStart(12, '0')}.log`);
}

/** The folder's segments, oldest first; none where there is no folder. */
export function listSegments(disk: Disk, folder: string): Segment[] {
  return disk
    .names(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => ({ path: join(folder, name), firstSequence: Number(NAME.exec(name)![1]) }));
}

export function encodeSegmentHeader(firstSequence: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeBigUInt64LE(BigInt(firstSequence), MAGIC.length);
  return header;
}

export interface SegmentEnd {
  /** Bytes up to the end of the last whole record. */
  readonly validBytes: number;
  readonly fileBytes: number;
}

/** Yields the whole records of a segment in order and returns where they end; stops before the first torn or damaged one. */
export function* readSegment(disk: Disk, segment: Segment): Generator<JournalEntry, SegmentEnd> {
  const file = disk.open(segment.path, 'read');
  try {
    const fileBytes = file.size();
    const header = readExactly(file, 0, SEGMENT_HEADER_BYTES, fileBytes);
    if (header === null || !header.equals(encodeSegmentHeader(segment.firstSequence))) {
      return { validBytes: 0, fileBytes };
    }
    let offset = SEGMENT_HEADER_BYTES;
    for (;;) {
      const recordHeader = readExactly(file, offset, RECORD_HEADER_BYTES, fileBytes);
      if (recordHeader === null) break;
      const record = decodeRecordHeader(recordHeader);
      const payload = readExactly(file, offset + RECORD_HEADER_BYTES, record.payloadBytes, fileBytes);
      const entry = payload === null ? null : decodeEntry(record, payload);
      if (entry === null) break;
      yield entry;
      offset += RECORD_HEADER_BYTES + record.payloadBytes;
    }
    return { validBytes: offset, fileBytes };
  } finally {
    file.close();
  }
}

function readExactly(file: DiskFile, offset: number, length: number, fileBytes: number): Buffer | null {
  if (offset + length > fileBytes) return null;
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = file.read(bytes.subarray(read), offset + read);
    if (more === 0) return null;
    read += more;
  }
  return bytes;
}
