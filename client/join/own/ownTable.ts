// A CSV file that a person chose, as a header and rows, whatever is in them. Knows nothing of tasks.

import { readTable, type SaidDialect, type TableDialect } from '../../../shared/tables/readTable.ts';
import { TableError, type TableProblem } from '../../../shared/tables/tableError.ts';

export interface TableRow {
  /** In the file, from 1; of a row over several lines, the first. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface OwnTable {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
  readonly dialect: Omit<TableDialect, 'decimal'>;
}

/** Or what is wrong with the file as a whole. */
export async function readOwnTable(bytes: Uint8Array, said: SaidDialect): Promise<OwnTable | TableProblem> {
  let header: readonly string[] = [];
  const rows: TableRow[] = [];
  try {
    const dialect = await readTable([bytes], said, {
      header(columns) {
        header = columns;
      },
      row(cells, line) {
        rows.push({ cells, line });
      },
    });
    return { header, rows, dialect };
  } catch (error) {
    if (error instanceof TableError) return error.problem;
    throw error;
  }
}
