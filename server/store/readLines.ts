// A file's lines, as bytes, whatever the file's size.

import type { Disk } from './disk.ts';
import { readChunks } from './readChunks.ts';

/** No line comes near this: what does has lost its line ends. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;
const LINE_END = 10;
const NOTHING = Buffer.alloc(0);

export interface EndOfLines {
  /** Bytes up to the last line end. */
  readonly endBytes: number;
  /** Something follows it. */
  readonly isTorn: boolean;
}

/** Lines without their ends; an absurdly long one is given as an empty one. None where there is no such file. */
export function* readLines(disk: Disk, path: string): Generator<Buffer, EndOfLines> {
  /** Of a line whose end is yet to come. */
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let endBytes = 0;
  for (const chunk of readChunks(disk, path)) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const rest = chunk.subarray(from, end);
      const lineBytes = pieceBytes + rest.length;
      yield lineBytes > MOST_LINE_BYTES ? NOTHING : pieceBytes > 0 ? Buffer.concat([...pieces, rest]) : rest;
      endBytes += lineBytes + 1;
      pieces = [];
      pieceBytes = 0;
      from = end + 1;
    }
    pieceBytes += chunk.length - from;
    if (pieceBytes > MOST_LINE_BYTES) pieces = [];
    else pieces.push(chunk.subarray(from));
  }
  return { endBytes, isTorn: pieceBytes > 0 };
}
