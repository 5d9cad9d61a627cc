// Reader for CSV files with a header line, plain or gzipped: columns by name, of numbers or of texts.
// Knows nothing of tasks.

import { CsvError, parse } from 'csv-parse/sync';
import { DataError } from './dataError.ts';
import { readDataFile } from './readDataFile.ts';

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

export interface CsvTable {
  readonly count: number;
  readonly columns: readonly string[];
  /** Throws DataError for a column that is not there. */
  texts(column: string): string[];
  /** `[count, columns]`, row-major. Throws DataError with the line of a cell that is not a finite number. */
  numbers(columns: readonly string[]): Float32Array;
  /** For messages. */
  lineOf(row: number): string;
}

/** Throws DataError naming file and line. */
export async function readCsv(file: string, delimiter = ','): Promise<CsvTable> {
  return parseCsv(await readDataFile(file), file, delimiter);
}

/** `file` is only for the messages. */
export function parseCsv(bytes: Uint8Array<ArrayBuffer>, file: string, delimiter = ','): CsvTable {
  const [header, ...rows] = parseRows(bytes, file, delimiter);
  const columns = header?.record ?? [];
  if (rows.length === 0)
    throw new DataError(
      `${file}: expected a header line and at least one row, got ${header ? 'no row' : 'nothing'}`,
    );
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined)
    throw new DataError(`${file} line 1: expected columns that differ, got "${twice}" twice`);

  const lineOf = (row: number): string => `${file} line ${rows[row]!.info.lines}`;
  function indexOf(column: string): number {
    const index = columns.indexOf(column);
    if (index >= 0) return index;
    throw new DataError(`${file} line 1: expected a column "${column}", got ${columns.join(', ')}`);
  }
  return {
    count: rows.length,
    columns,
    lineOf,
    texts(column) {
      const index = indexOf(column);
      return rows.map(({ record }) => record[index]!);
    },
    numbers(wanted) {
      const indices = wanted.map(indexOf);
      const values = new Float32Array(rows.length * indices.length);
      let at = 0;
      rows.forEach(({ record }, row) => {
        for (const index of indices) {
          const cell = record[index]!;
          const value = cell === '' ? Number.NaN : Math.fround(Number(cell));
          if (!Number.isFinite(value))
            throw new DataError(
              `${lineOf(row)}, column "${columns[index]}": expected a finite number, got "${cell}"`,
            );
          values[at++] = value;
        }
      });
      return values;
    },
  };
}

function parseRows(bytes: Uint8Array<ArrayBuffer>, file: string, delimiter: string): Row[] {
  try {
    return parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      bom: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new DataError(`${file} line ${String(error['lines'])}: ${error.message}`);
  }
}
