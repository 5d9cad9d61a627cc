// One entry of a run's journal <-> bytes. What a torn or damaged record looks like is known here and nowhere else.

import { crc32 } from 'node:zlib';
import type { EvaluationResult } from '../../shared/evaluate/evaluationMessages.ts';
import { resolveSettings } from '../../shared/federation/config.ts';
import type { FederationEvent } from '../../shared/federation/events.ts';

/** What is journalled: every event of the coordinator, each opening of the run by a server, and each evaluation. */
export type JournalEntry =
  | FederationEvent
  | { readonly kind: 'serverStarted'; readonly atMs: number }
  | { readonly kind: 'evaluated'; readonly atMs: number; readonly result: EvaluationResult };

/** Bytes before a record's payload. */
export const RECORD_HEADER_BYTES = 8;
const JSON_LENGTH_BYTES = 4;

/**
 * The parts of one record, to be written one after the other. The delta's bytes are not copied: its owner must not
 * change them until they are written.
 *
 *     | payload length u32 | CRC-32 of the payload u32 | JSON length u32 | JSON | delta, encoded |
 *                                                      ^ payload                                ^ (all little endian)
 */
export function encodeEntry(entry: JournalEntry): Uint8Array[] {
  const delta = entry.kind === 'updateReceived' ? entry.delta : null;
  const json = Buffer.from(JSON.stringify(delta === null ? entry : { ...entry, delta: undefined }));
  const tail =
    delta === null ? new Uint8Array(0) : new Uint8Array(delta.buffer, delta.byteOffset, delta.byteLength);
  const head = Buffer.alloc(RECORD_HEADER_BYTES + JSON_LENGTH_BYTES + json.length);
  head.writeUInt32LE(head.length - RECORD_HEADER_BYTES + tail.length, 0);
  head.writeUInt32LE(json.length, RECORD_HEADER_BYTES);
  json.copy(head, RECORD_HEADER_BYTES + JSON_LENGTH_BYTES);
  head.writeUInt32LE(crc32(tail, crc32(head.subarray(RECORD_HEADER_BYTES))), 4);
  return tail.length === 0 ? [head] : [head, tail];
}

export interface RecordHeader {
  readonly payloadBytes: number;
  readonly crc: number;
}

/** `header`: the first `RECORD_HEADER_BYTES` of a record. */
export function decodeRecordHeader(header: Buffer): RecordHeader {
  return { payloadBytes: header.readUInt32LE(0), crc: header.readUInt32LE(4) };
}

/** The entry in a record's payload, or null when the payload is not what was written. */
export function decodeEntry(header: RecordHeader, payload: Buffer): JournalEntry | null {
  if (payload.length < JSON_LENGTH_BYTES || crc32(payload) !== header.crc) return null;
  const jsonEnd = JSON_LENGTH_BYTES + payload.readUInt32LE(0);
  const entry = JSON.parse(payload.toString('utf8', JSON_LENGTH_BYTES, jsonEnd)) as JournalEntry;
  // An older version wrote less of them.
  if (entry.kind === 'settingsChanged') return { ...entry, settings: resolveSettings(entry.settings) };
  if (entry.kind !== 'updateReceived') return entry;
  return {
    ...entry,
    delta: new Uint8Array(payload.buffer, payload.byteOffset + jsonEnd, payload.length - jsonEnd),
  };
}
