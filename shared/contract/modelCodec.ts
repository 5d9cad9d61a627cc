// The newest model, or what a device lacks of it, as one answer to `GET /api/model`:
//
//     | bytes of the header, uint32 | header, JSON | block | block | ...      the tensors listed in `blocks`, as in an assignment
//
// Little endian, without padding. Knows nothing of HTTP.

import type { BlockHeader } from './messages.ts';

const LENGTH_BYTES = 4;

export interface ModelHeader {
  /** Of the model. */
  readonly version: number;
  /** What follows; all of them `whole`. */
  readonly blocks: readonly BlockHeader[];
}

/** `blocks[i]`: the bytes of `header.blocks[i]`. */
export function encodeModel(header: ModelHeader, blocks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const parts = [new Uint8Array(Uint32Array.of(json.length).buffer), json, ...blocks];
  const message = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    message.set(part, end);
    end += part.length;
  }
  return message;
}

/** The header, and the blocks one after the other. Throws RangeError where the message ends before its header does. */
export function decodeModel(message: ArrayBuffer): { header: ModelHeader; blocks: ArrayBuffer } {
  const length = message.byteLength < LENGTH_BYTES ? 0 : new DataView(message).getUint32(0, true);
  const end = LENGTH_BYTES + length;
  if (length === 0 || end > message.byteLength)
    throw new RangeError(
      `a model must hold its header of ${length} bytes, got ${message.byteLength} bytes in all`,
    );
  const json = new TextDecoder().decode(new Uint8Array(message, LENGTH_BYTES, length));
  return { header: JSON.parse(json) as ModelHeader, blocks: message.slice(end) };
}
