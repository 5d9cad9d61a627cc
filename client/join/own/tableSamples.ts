// Rows of a table -> samples of a task that was made from CSV files, by its columns and their scaling. Pure.

import type { TableInfo, TaskInfo } from '../../../shared/contract/messages.ts';
import {
  createNumberReader,
  type DecimalQuestion,
  type DecimalSign,
} from '../../../shared/tables/decimalNumbers.ts';
import { createNameMatcher, matchColumns } from '../../../shared/tables/matchName.ts';
import type { OwnSamples } from '../../device/ownData.ts';
import type { OwnTable } from './ownTable.ts';

/** Which column of the file is which of the task's: indices into the header, -1 where none is chosen. */
export interface ColumnChoice {
  /** In the order of the task's columns. */
  readonly inputs: readonly number[];
  readonly label: number;
}

export type RowProblem = { readonly line: number } & (
  | {
      readonly kind: 'number' | 'class' | 'missing';
      /** Of the file. */
      readonly column: string;
      readonly got: string;
    }
  /** A row of more or fewer cells than the header: which of them is which cannot be told. */
  | { readonly kind: 'cells'; readonly expected: number; readonly got: number }
);

export interface TableReading {
  /** Of the rows without a problem. */
  readonly samples: OwnSamples;
  /** The first of each row that has one. */
  readonly problems: readonly RowProblem[];
  /** Null where no number has one. */
  readonly decimal: DecimalSign | null;
  /** What the numbers may mean has to be said first. */
  readonly question: DecimalQuestion | null;
}

/** Columns of the same name, else of one that differs in case and gaps alone. */
export function chooseColumns(header: readonly string[], table: TableInfo): ColumnChoice {
  const found = matchColumns([...table.columns.map(({ name }) => name), table.label], header);
  return { inputs: found.slice(0, -1), label: found.at(-1)! };
}

/** Every column must have been chosen. `decimal`: the sign where it is said. */
export function tableToSamples(
  { header, rows, dialect }: OwnTable,
  choice: ColumnChoice,
  { classes, table }: TaskInfo,
  decimal?: DecimalSign,
): TableReading {
  const numbers = createNumberReader(decimal);
  const classOf = createNameMatcher(classes);
  const problems: RowProblem[] = [];
  const inputs: number[] = [];
  const labels: number[] = [];
  for (const { line, cells } of rows) {
    const problem = (column: number, kind: 'number' | 'class'): RowProblem => {
      const got = cells[column]!.trim();
      return { line, column: header[column]!, kind: got === '' ? 'missing' : kind, got };
    };
    if (cells.length !== header.length) {
      problems.push({ line, kind: 'cells', expected: header.length, got: cells.length });
      continue;
    }
    const values = choice.inputs.map((column) => numbers.read(cells[column]!, line, header[column]!));
    const scaled = scaleRow(values, table!);
    const odd = scaled.findIndex((value) => !Number.isFinite(Math.fround(value)));
    const label = classOf(cells[choice.label]!);
    if (odd >= 0) problems.push(problem(choice.inputs[odd]!, 'number'));
    else if (label < 0) problems.push(problem(choice.label, 'class'));
    else {
      for (const value of scaled) inputs.push(value);
      labels.push(label);
    }
  }
  const samples = {
    count: labels.length,
    inputs: Float32Array.from(inputs),
    labels: Uint8Array.from(labels),
  };
  const { sign, question } = numbers.findSign(dialect.delimiter);
  return { samples, problems, decimal: sign, question };
}

/** One row of numbers, in the order of the task's columns, as the model takes it. */
export function scaleRow(values: readonly number[], { columns }: TableInfo): number[] {
  return columns.map(({ scale, offset }, i) => values[i]! * scale + offset);
}
