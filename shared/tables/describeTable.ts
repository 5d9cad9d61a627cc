// What is said of a table in English: how a file is written, and what is wrong with one as a whole. Pure.

import type { TableDialect } from './readTable.ts';
import type { TableProblem } from './tableError.ts';

const DELIMITERS: ReadonlyMap<string, string> = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'bars'],
  [' ', 'spaces'],
]);

/** `commas between cells, decimal points, utf-8`. */
export function describeDialect({ delimiter, decimal, encoding }: TableDialect): string {
  const sign = decimal === null ? 'whole numbers' : decimal === ',' ? 'decimal commas' : 'decimal points';
  return `${DELIMITERS.get(delimiter) ?? `"${delimiter}"`} between cells, ${sign}, ${encoding}`;
}

/** With the line where there is one; for after the name of the file. */
export function describeTableProblem(problem: TableProblem): string {
  switch (problem.kind) {
    case 'noRows':
      return `: expected a header line and at least one row, got ${problem.hasHeader ? 'no row' : 'nothing'}`;
    case 'notText':
      return problem.isZip
        ? ': expected a CSV file, got a spreadsheet or another zip file: save the sheet as CSV'
        : ': expected a CSV file, got bytes that are no text';
    case 'unknownEncoding':
      return `: expected an encoding like utf-8, utf-16le or windows-1252, got "${problem.encoding}"`;
    case 'encoding':
      return ` line ${problem.line}: expected ${problem.encoding}, got bytes that it has not${problem.isFound ? ' after letters that it has: say the "encoding"' : ''}`;
    case 'quotes':
      return problem.isOpen
        ? ` line ${problem.line}: expected every quotation mark to be closed, got one that is not`
        : ` line ${problem.line}: expected quotation marks around whole cells, and two for one within, got one that does not fit`;
    case 'longRow':
      return ` line ${problem.line}: expected a row of at most ${problem.mostCharacters} characters, got more: is a quotation mark never closed?`;
    case 'delimiters':
      return `: expected one delimiter, got cells between ${problem.candidates.map((each) => DELIMITERS.get(each)).join(' as well as between ')}: say the "delimiter"`;
    case 'columnTwice':
      return ` line ${problem.line}: expected columns that differ, got "${problem.name}" twice`;
    default:
      return problem satisfies never;
  }
}
