// Reads the text of a CSV file into a header and rows with their lines. Fetched when a file is chosen, the parser with it.
// Knows nothing of tasks.

import { CsvError, parse } from 'csv-parse/browser/esm/sync';

export interface TableRow {
  /** In the file, from 1; of a row over several lines, the last. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface OwnTable {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
  /** Between cells stands a semicolon: numbers may be written as 3,14. */
  readonly hasDecimalComma: boolean;
}

/** What is wrong with a file as a whole. */
export interface UnreadableTable {
  readonly kind: 'noRows' | 'notCsv';
  /** 0 where it is no line in particular. */
  readonly line: number;
}

const DELIMITERS = [',', ';', '\t'] as const;

/** Cells are trimmed; rows with too few or too many cells stay as they are. */
export function readTable(text: string): OwnTable | UnreadableTable {
  const delimiter = delimiterOf(text);
  try {
    const [header, ...rows] = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (!header || rows.length === 0) return { kind: 'noRows', line: 0 };
    return {
      header: header.record,
      rows: rows.map(({ record, info }) => ({ line: info.lines, cells: record })),
      hasDecimalComma: delimiter === ';',
    };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { kind: 'notCsv', line: Number(error['lines']) };
  }
}

/** The one that stands most often in the header. */
function delimiterOf(text: string): string {
  const header = text.split(/\r?\n|\r/, 1)[0]!.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}
