// A CSV file as bytes, piece by piece -> its header and its rows, by the dialect that is found in it or said. What the server and the
// page read tables with; neither files nor pages are known here.

import { createCsvRecords } from './csvRecords.ts';
import type { DecimalSign } from './decimalNumbers.ts';
import { createTextReader } from './encoding.ts';
import { findDelimiter } from './findDelimiter.ts';
import { composed } from './matchName.ts';
import { TableError } from './tableError.ts';

/** What a person says of a file in place of what would be found. */
export interface SaidDialect {
  readonly delimiter?: string | undefined;
  readonly decimal?: DecimalSign | undefined;
  /** Any label that TextDecoder knows. */
  readonly encoding?: string | undefined;
}

/** How a file is written. */
export interface TableDialect {
  readonly delimiter: string;
  /** Null where no number has one. */
  readonly decimal: DecimalSign | null;
  readonly encoding: string;
}

export interface TakeTable {
  /** Names of the columns, trimmed and composed, no two the same; before all rows. */
  header(columns: readonly string[], line: number): void;
  /** As many cells as they come, which may be more or fewer than columns; blank ones included. `line`: the first of the row, from 1. */
  row(cells: readonly string[], line: number): void;
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** By this much of its beginning the dialect of a file is found. */
const HEAD_BYTES = 2 ** 16;

/** Reads all of it. Throws TableError where it is no table, and whatever `take` throws. */
export async function readTable(
  chunks: Chunks,
  said: SaidDialect,
  take: TakeTable,
): Promise<Omit<TableDialect, 'decimal'>> {
  let columns: readonly string[] | null = null;
  let numRows = 0;
  function takeRecord(cells: string[], line: number): void {
    if (columns) {
      numRows++;
      take.row(cells, line);
      return;
    }
    columns = cells.map(composed);
    const twice = columns.find((name, i) => columns!.indexOf(name) !== i);
    if (twice !== undefined) throw new TableError({ kind: 'columnTwice', name: twice, line });
    take.header(columns, line);
  }

  const opened = (head: Uint8Array, isWhole: boolean) => {
    const text = createTextReader(head, said.encoding);
    const begin = text.push(head) + (isWhole ? text.end() : '');
    const delimiter = said.delimiter ?? findDelimiter(begin, isWhole);
    const records = createCsvRecords(delimiter, takeRecord);
    records.push(begin);
    return { text, records, delimiter };
  };
  let head = new Uint8Array(0);
  let reading: ReturnType<typeof opened> | null = null;
  for await (const chunk of chunks) {
    if (reading) {
      reading.records.push(reading.text.push(chunk));
      continue;
    }
    const longer = new Uint8Array(head.length + chunk.length);
    longer.set(head);
    longer.set(chunk, head.length);
    head = longer;
    if (head.length >= HEAD_BYTES) reading = opened(head, false);
  }
  if (reading) reading.records.push(reading.text.end());
  else reading = opened(head, true);
  reading.records.end();
  if (numRows === 0) throw new TableError({ kind: 'noRows', hasHeader: columns !== null });
  return { delimiter: reading.delimiter, encoding: reading.text.encoding };
}
