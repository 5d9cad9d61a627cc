// JSON that carries its own checksum: a flipped bit or a cut end is told from what was written. Knows nothing of files.

import { crc32 } from 'node:zlib';

/** `,"crc32":"` + 8 hex digits + `"}` */
const SEAL_BYTES = 20;
const SEAL = /^,"crc32":"([0-9a-f]{8})"\}$/;

function hexOf(bytes: Uint8Array | string): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/** One line of JSON, its last field `crc32` being that of the line without it. `value`: an object with at least one field. */
export function sealLine(value: object): string {
  const text = JSON.stringify(value);
  return `${text.slice(0, -1)},"crc32":"${hexOf(text)}"}`;
}

/** The object, without its seal; null where the line (without its line end) is not what was written. */
export function unsealLine(line: Buffer): object | null {
  const end = line.length - SEAL_BYTES;
  const seal = end > 0 ? SEAL.exec(line.toString('latin1', end)) : null;
  if (seal === null) return null;
  const text = Buffer.concat([line.subarray(0, end), CLOSING]);
  return hexOf(text) === seal[1] ? (JSON.parse(text.toString('utf8')) as object) : null;
}

const CLOSING = Buffer.from('}');

/** Indented JSON for people to read, with a last field `crc32`: that of the value's JSON without spaces. */
export function sealDocument(value: object): string {
  return `${JSON.stringify({ ...value, crc32: hexOf(JSON.stringify(value)) }, null, 2)}\n`;
}

/** The object, without its seal; null where the text is not what was written, white space aside. */
export function unsealDocument(text: string): object | null {
  try {
    const { crc32: seal, ...value } = JSON.parse(text) as { readonly crc32?: string };
    return hexOf(JSON.stringify(value)) === seal ? value : null;
  } catch {
    return null;
  }
}
