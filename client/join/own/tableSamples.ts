// Rows of a table -> samples of a task that was made from CSV files, by its columns and their scaling. Pure.

import type { TableInfo, TaskInfo } from '../../../shared/protocol/messages.ts';
import type { OwnSamples } from '../../device/ownData.ts';
import { findClass } from './classFolders.ts';
import type { OwnTable } from './readTable.ts';

/** Which column of the file is which of the task's: indices into the header, -1 where none is chosen. */
export interface ColumnChoice {
  /** In the order of the task's columns. */
  readonly inputs: readonly number[];
  readonly label: number;
}

export interface RowProblem {
  readonly line: number;
  /** Of the file. */
  readonly column: string;
  readonly kind: 'number' | 'class' | 'missing';
  readonly got: string;
}

export interface TableReading {
  /** Of the rows without a problem. */
  readonly samples: OwnSamples;
  /** The first of each row that has one. */
  readonly problems: readonly RowProblem[];
}

/** Columns of the same name, whatever its case, spaces and signs. */
export function chooseColumns(header: readonly string[], table: TableInfo): ColumnChoice {
  return {
    inputs: table.columns.map(({ name }) => findClass(name, header)),
    label: findClass(table.label, header),
  };
}

/** Every column must have been chosen. */
export function tableToSamples(
  { header, rows, hasDecimalComma }: OwnTable,
  choice: ColumnChoice,
  { classes, table }: TaskInfo,
): TableReading {
  const problems: RowProblem[] = [];
  const inputs: number[] = [];
  const labels: number[] = [];
  for (const { line, cells } of rows) {
    const problem = (column: number, kind: RowProblem['kind']): RowProblem => ({
      line,
      column: header[column]!,
      kind: cells[column] === undefined || cells[column] === '' ? 'missing' : kind,
      got: cells[column] ?? '',
    });
    const values = choice.inputs.map((column) => readNumber(cells[column], hasDecimalComma));
    const odd = values.findIndex((value) => !Number.isFinite(value));
    const label = findClass(cells[choice.label] ?? '', classes);
    if (odd >= 0) problems.push(problem(choice.inputs[odd]!, 'number'));
    else if (label < 0) problems.push(problem(choice.label, 'class'));
    else {
      inputs.push(...scaleRow(values, table!));
      labels.push(label);
    }
  }
  const samples = {
    count: labels.length,
    inputs: Float32Array.from(inputs),
    labels: Uint8Array.from(labels),
  };
  return { samples, problems };
}

/** One row of numbers, in the order of the task's columns, as the model takes it. */
export function scaleRow(values: readonly number[], { columns }: TableInfo): number[] {
  return columns.map(({ scale, offset }, i) => values[i]! * scale + offset);
}

function readNumber(cell: string | undefined, hasDecimalComma: boolean): number {
  if (cell === undefined || cell === '') return Number.NaN;
  return Math.fround(Number(hasDecimalComma ? cell.replace(',', '.') : cell));
}
