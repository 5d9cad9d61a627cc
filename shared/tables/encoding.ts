// Bytes of a text file -> text. The encoding is found (a byte order mark, zero bytes, what is valid UTF-8) unless it is said.
// Text that is no UTF-8 is read as Windows-1252, which has all of Latin-1's letters. Pure.

import { TableError } from './tableError.ts';

/** A file is looked at so far. */
const HEAD_BYTES = 4096;
/** Any letter beyond ASCII, but the sign for what could not be decoded. */
const WIDE = /[\u0080-\ufffc\ufffe\uffff]/;
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const UTF8_MARK = [0xef, 0xbb, 0xbf];

const WINDOWS = 'windows-1252';
/** Its letters from 0x80 to 0x9f; a space where it has none. */
const WINDOWS_LETTERS = [...'€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'];

export interface TextReader {
  /** As far as it can be told yet: all but what may go on in the next bytes. */
  push(bytes: Uint8Array): string;
  end(): string;
  /** The name that TextDecoder has for it; final after `end`. */
  readonly encoding: string;
}

/**
 * `head`: the first bytes of the file, all where it is small. `said`: any label that TextDecoder knows. Throws TableError for bytes
 * that the encoding has not, and for what is no text.
 */
export function createTextReader(head: Uint8Array, said?: string): TextReader {
  const found = said === undefined ? findEncoding(head) : nameOf(said);
  return found === 'utf-8' ? readUtf8(said !== undefined || beginsWith(head, UTF8_MARK)) : readOther(found);
}

/** A whole file, by what it says itself. */
export function decodeWhole(bytes: Uint8Array): { readonly text: string; readonly encoding: string } {
  const reader = createTextReader(bytes);
  const text = reader.push(bytes) + reader.end();
  return { text, encoding: reader.encoding };
}

function nameOf(said: string): string {
  try {
    return new TextDecoder(said).encoding;
  } catch {
    throw new TableError({ kind: 'unknownEncoding', encoding: said });
  }
}

function findEncoding(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const isZip = beginsWith(bytes, ZIP);
  if (isZip) throw new TableError({ kind: 'notText', isZip });
  // Without a mark: the delimiters, digits and line ends of UTF-16 have a zero byte each, on the same side.
  const zeros = [0, 0];
  const head = bytes.subarray(0, HEAD_BYTES);
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++;
  });
  const [even, odd] = zeros as [number, number];
  if (even + odd === 0) return 'utf-8';
  if (odd > 4 * even && odd >= head.length / 8) return 'utf-16le';
  if (even > 4 * odd && even >= head.length / 8) return 'utf-16be';
  throw new TableError({ kind: 'notText', isZip });
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/** `isSaid`: what is no UTF-8 is refused. Else it is Windows-1252 from the first such byte on, where all before is ASCII, which both share. */
function readUtf8(isSaid: boolean): TextReader {
  let encoding = 'utf-8';
  let held = new Uint8Array(0);
  let isWide = false;
  let line = 1;

  function decode(bytes: Uint8Array): string {
    let text: string;
    try {
      text = decodeBytes(new TextDecoder(encoding, { fatal: true }), bytes);
    } catch {
      const lossy = new TextDecoder().decode(bytes);
      if (isSaid || isWide || WIDE.test(lossy)) {
        const before = lossy.slice(0, lossy.indexOf('\ufffd'));
        throw new TableError({
          kind: 'encoding',
          encoding,
          line: line + before.split(/\r\n?|\n/).length - 1,
          isFound: !isSaid,
        });
      }
      encoding = WINDOWS;
      text = decodeBytes(new TextDecoder(WINDOWS), bytes);
    }
    isWide ||= WIDE.test(text);
    if (encoding === 'utf-8') line += countLineEnds(bytes);
    return text;
  }

  return {
    push(bytes) {
      // A letter beyond ASCII may go on in the next bytes.
      let end = bytes.length;
      while (end > 0 && bytes[end - 1]! >= 0x80) end--;
      if (end === 0 && bytes.length > 0) {
        held = joined(held, bytes);
        return '';
      }
      const whole = held.length > 0 ? joined(held, bytes.subarray(0, end)) : bytes.subarray(0, end);
      held = bytes.slice(end);
      return decode(whole);
    },
    end: () => decode(held),
    get encoding() {
      return encoding;
    },
  };
}

function readOther(encoding: string): TextReader {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  function decode(bytes?: Uint8Array): string {
    try {
      const text = decodeBytes(decoder, bytes ?? new Uint8Array(0), { stream: bytes !== undefined });
      line += text.split('\n').length - 1;
      return text;
    } catch {
      throw new TableError({ kind: 'encoding', encoding, line, isFound: false });
    }
  }
  return { push: decode, end: () => decode(), encoding };
}

/** Node 20 decodes Windows-1252 as Latin-1, whose signs from 0x80 to 0x9f no text has. */
function decodeBytes(decoder: TextDecoder, bytes: Uint8Array, options?: TextDecodeOptions): string {
  const text = decoder.decode(bytes, options);
  if (decoder.encoding !== WINDOWS) return text;
  return text.replace(/[\u0080-\u009f]/g, (sign) => {
    const letter = WINDOWS_LETTERS[sign.charCodeAt(0) - 0x80]!;
    return letter === ' ' ? sign : letter;
  });
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function countLineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
