// Reads a part of a task of one's own from a CSV file, row by row: no more than its samples is held.
// Knows nothing of models, scaling or splitting.

import {
  createNumberReader,
  hasGroups,
  type DecimalQuestion,
} from '../../../shared/tables/decimalNumbers.ts';
import { describeDialect, describeTableProblem } from '../../../shared/tables/describeTable.ts';
import { composed, createNameMatcher, matchColumns } from '../../../shared/tables/matchName.ts';
import { readTable } from '../../../shared/tables/readTable.ts';
import { TableError } from '../../../shared/tables/tableError.ts';
import { DataError } from '../dataError.ts';
import { readUnpacked } from '../readDataFile.ts';
import { createClientNames } from './clientNames.ts';
import { createGrowing } from './growing.ts';
import type { RawPart } from './rawPart.ts';
import { createRowBuilder } from './sampleRows.ts';
import type { DataSection } from './taskFile.ts';

export type CsvSection = Extract<DataSection, { format: 'csv' }>;

/** Rows and numbers that are held at once; two billion numbers would be 8 GiB of samples. */
const MOST_ROWS = 2 ** 24;
const MOST_NUMBERS = 2 ** 29;
/** Told of what was taken for another name. */
const MOST_ALIASES = 5;

interface Columns {
  readonly names: readonly string[];
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  /** -1 where there is none. */
  readonly label: number;
  readonly client: number;
}

/**
 * `task`: the task file's name, for questions. `like`: the columns of the training file's inputs, by whose names those of this
 * file are found; null for the training file itself, whose columns the task file names as they are written.
 * Throws DataError naming file, line and column.
 */
export async function readCsvPart(
  data: CsvSection,
  file: string,
  classes: readonly string[],
  task: string,
  like: readonly string[] | null,
): Promise<RawPart> {
  const classOf = createNameMatcher(classes);
  const numbers = createNumberReader(data.decimal);
  const labels = createGrowing(Uint8Array);
  const lines = createGrowing(Uint32Array);
  const owners = createGrowing(Uint32Array);
  const clients = createClientNames();
  const aliases = new Set<string>();
  let columns: Columns = { names: [], inputs: [], targets: [], label: -1, client: -1 };
  let inputs = createRowBuilder(1);
  let targets = createRowBuilder(1);

  function fill(
    into: Float64Array,
    indices: readonly number[],
    cells: readonly string[],
    line: number,
  ): void {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      const value = numbers.read(cells[index]!, line, columns.names[index]!);
      if (Number.isNaN(value)) throw noNumber(`${file} line ${line}`, columns.names[index]!, cells[index]!);
      into[i] = value;
    }
  }

  function labelOf(cell: string, line: number): number {
    const index = classOf(cell);
    if (index < 0)
      throw new DataError(
        `${file} line ${line}, column "${columns.names[columns.label]}": expected a class (${classes.join(', ')}), got "${cell}"`,
      );
    if (composed(cell) !== composed(classes[index]!))
      aliases.add(`"${composed(cell)}" is taken for the class "${classes[index]}"`);
    return index;
  }

  const dialect = await readTable(readUnpacked(file), data, {
    header(names, line) {
      columns = like
        ? columnsLike(data, like, names, `${file} line ${line}`)
        : columnsOf(data, names, `${file} line ${line}`);
      const { inputs: wanted = [] } = columns;
      inputs = createRowBuilder(wanted.length);
      targets = createRowBuilder(columns.targets.length);
      if (like)
        [...like.entries()].forEach(([i, name]) => {
          const own = names[wanted[i]!]!;
          if (own !== composed(name)) aliases.add(`column "${own}" is taken for "${name}"`);
        });
    },
    row(cells, line) {
      if (cells.length !== columns.names.length)
        throw new DataError(
          `${file} line ${line}: expected ${columns.names.length} cells, as many as columns, got ${cells.length}`,
        );
      if (lines.length === MOST_ROWS || lines.length * cells.length > MOST_NUMBERS)
        throw new DataError(
          `${file} line ${line}: expected at most ${MOST_ROWS} rows and ${MOST_NUMBERS} numbers, got more`,
        );
      fill(inputs.next, columns.inputs, cells, line);
      inputs.add();
      if (columns.targets.length > 0) {
        fill(targets.next, columns.targets, cells, line);
        targets.add();
      }
      if (columns.label >= 0) labels.add(labelOf(cells[columns.label]!, line));
      if (columns.client >= 0) {
        const name = cells[columns.client]!.trim();
        if (name === '')
          throw new DataError(`${file} line ${line}, column "${data.client}": expected a client, got ""`);
        owners.add(clients.numberOf(name));
      }
      lines.add(line);
    },
  }).catch((error: unknown) => {
    if (!(error instanceof TableError)) throw error;
    throw new DataError(`${file}${describeTableProblem(error.problem)}`);
  });
  const { sign, question } = numbers.findSign(dialect.delimiter);
  if (question) throw new DataError(describeQuestion(question, file, task));

  const lineOf = lines.build();
  const noted = [...aliases];
  const more =
    noted.length > MOST_ALIASES ? [`${noted.length - MOST_ALIASES} more names are taken for others`] : [];
  return {
    inputs: inputs.build(),
    labels: data.label === undefined ? null : labels.build(),
    targets: Array.isArray(data.targets) ? targets.build() : (data.targets ?? null),
    clients: data.client === undefined ? null : { names: clients.names, of: owners.build() },
    columns: columns.inputs.map((index) => columns.names[index]!),
    file,
    placeOf: (_, sample) => `${file} line ${lineOf[sample]}`,
    notes: [
      `${file}: ${lineOf.length === 1 ? '1 row' : `${lineOf.length} rows`}; ${describeDialect({ ...dialect, decimal: sign })}`,
      ...[...noted.slice(0, MOST_ALIASES), ...more].map((note) => `${file}: ${note}`),
    ],
  };
}

/** As the task file names them. */
function columnsOf(data: CsvSection, names: readonly string[], where: string): Columns {
  const { label, targets, client } = data;
  function indexOf(name: string): number {
    const index = names.indexOf(composed(name));
    if (index < 0) throw noColumn(name, names, where, data);
    return index;
  }
  const labelIndex = label === undefined ? -1 : indexOf(label);
  const clientIndex = client === undefined ? -1 : indexOf(client);
  const targetIndices = Array.isArray(targets) ? targets.map(indexOf) : [];
  const isTaken = new Set([labelIndex, clientIndex, ...targetIndices]);
  const inputs = data.inputs?.map(indexOf) ?? names.map((_, i) => i).filter((i) => !isTaken.has(i));
  return { names, inputs, targets: targetIndices, label: labelIndex, client: clientIndex };
}

/** As the training file has them: the same names first, others only where no second one is meant. */
function columnsLike(
  data: CsvSection,
  like: readonly string[],
  names: readonly string[],
  where: string,
): Columns {
  const targets = Array.isArray(data.targets) ? data.targets : [];
  const { label, client } = data;
  const wanted = [...like, ...targets, ...[label, client].filter((name) => name !== undefined)];
  const found = matchColumns(wanted, names);
  const missing = found.indexOf(-1);
  if (missing >= 0) throw noColumn(wanted[missing]!, names, where, data);
  const at = (name: string | undefined): number =>
    name === undefined ? -1 : found[wanted.lastIndexOf(name)]!;
  return {
    names,
    inputs: found.slice(0, like.length),
    targets: found.slice(like.length, like.length + targets.length),
    label: at(label),
    client: at(client),
  };
}

function noColumn(
  name: string,
  names: readonly string[],
  where: string,
  { delimiter }: CsvSection,
): DataError {
  const hint =
    names.length === 1 && delimiter !== undefined ? ` (cut at "${delimiter}", the "delimiter")` : '';
  return new DataError(`${where}: expected a column "${name}", got ${names.join(', ')}${hint}`);
}

function noNumber(where: string, column: string, cell: string): DataError {
  const hint = hasGroups(cell) ? ': if it has groups of thousands, say the "decimal" sign' : '';
  return new DataError(
    `${where}, column "${column}": expected a decimal number, got "${cell.trim()}"${hint}`,
  );
}

/** With the field of the task file that answers it. */
function describeQuestion({ odd, beside }: DecimalQuestion, file: string, task: string): string {
  const other = beside
    ? `Line ${beside.line}, column "${beside.column}", has "${beside.cell}"`
    : 'No other number tells';
  return `${file} line ${odd.line}, column "${odd.column}": is the sign in "${odd.cell}" a decimal sign or one of thousands? ${other}. Say "decimal": "." or "decimal": "," under "data" in ${task}`;
}
