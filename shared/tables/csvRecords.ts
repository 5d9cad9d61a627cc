// Text of a CSV file, piece by piece -> its records with their lines. Line ends may differ within a file. A record without
// quotation marks, as nearly all of a large file are, is split at the delimiter: that is what makes it fast.
// Knows nothing of columns; csv-parse is its oracle in the tests.

import { TableError } from './tableError.ts';

/** A quotation mark that nothing closes would gather the whole file. */
const MOST_CHARACTERS = 2 ** 22;

/** `line`: the record's first, from 1. Cells are as they were written, but without their quotation marks and the spaces around those. */
export type TakeRecord = (cells: string[], line: number) => void;

export interface CsvRecords {
  push(text: string): void;
  /** The last record need not end its line. */
  end(): void;
}

/** `delimiter`: one character. Empty lines are passed over. Throws TableError where quotation marks do not fit. */
export function createCsvRecords(delimiter: string, take: TakeRecord): CsvRecords {
  let rest = '';
  let line = 1;
  /** Lines of a record whose quotation mark is still open, and where it began. */
  let open: string[] = [];
  let openAt = 0;
  let openCharacters = 0;

  function takeLine(text: string): void {
    const isOdd = text.includes('"') && countQuotes(text) % 2 === 1;
    if (open.length > 0 || isOdd) {
      if (open.length === 0) openAt = line;
      open.push(text);
      openCharacters += text.length + 1;
      expectShort(openCharacters, openAt);
      // A second odd line closes what the first one opened.
      if (isOdd && open.length > 1) {
        const whole = open.join('\n');
        open = [];
        openCharacters = 0;
        take(splitQuoted(whole, delimiter, openAt), openAt);
      }
    } else if (text.includes('"')) take(splitQuoted(text, delimiter, line), line);
    else if (text.trim() !== '') take(text.split(delimiter), line);
    line++;
  }

  function takeAll(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      takeLine(text.slice(start, end));
      start = end + 1;
    }
    rest = text.slice(start);
    expectShort(rest.length, line);
  }

  return {
    push(text) {
      let whole = rest + text;
      // Half of a line end: the other half may come.
      const isHalf = whole.endsWith('\r');
      if (isHalf) whole = whole.slice(0, -1);
      takeAll(whole.includes('\r') ? whole.replace(/\r\n?/g, '\n') : whole);
      if (isHalf) rest += '\r';
    },
    end() {
      takeAll(rest.replace(/\r/g, '\n'));
      if (rest !== '') takeLine(rest);
      if (open.length > 0) throw new TableError({ kind: 'quotes', line: openAt, isOpen: true });
    },
  };
}

function expectShort(length: number, line: number): void {
  if (length > MOST_CHARACTERS)
    throw new TableError({ kind: 'longRow', line, mostCharacters: MOST_CHARACTERS });
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++;
  return count;
}

/** A cell is quoted as a whole or not at all; within it a quotation mark is written twice. */
function splitQuoted(text: string, delimiter: string, line: number): string[] {
  const misfit = (): TableError => new TableError({ kind: 'quotes', line, isOpen: false });
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let start = at;
    while (text[start] === ' ') start++;
    if (text[start] === '"') {
      let end = text.indexOf('"', start + 1);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) throw misfit();
      cells.push(text.slice(start + 1, end).replaceAll('""', '"'));
      at = end + 1;
      while (text[at] === ' ') at++;
      if (at < text.length && text[at] !== delimiter) throw misfit();
    } else {
      const end = text.indexOf(delimiter, at);
      const cell = text.slice(at, end < 0 ? text.length : end);
      if (cell.includes('"')) throw misfit();
      cells.push(cell);
      at += cell.length;
    }
    if (at >= text.length) return cells;
    at++;
  }
}
