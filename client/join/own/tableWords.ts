// What the page says of a CSV file with rows of one's own, in every language. Pure: figures in, texts out.

import type { DecimalQuestion } from '../../../shared/tables/decimalNumbers.ts';
import type { TableDialect } from '../../../shared/tables/readTable.ts';
import type { TableProblem } from '../../../shared/tables/tableError.ts';
import { COMMON_ENGLISH } from '../../common/commonEnglish.ts';
import { COMMON_GERMAN } from '../../common/commonGerman.ts';
import type { RowProblem } from './tableSamples.ts';

export type TableWords = typeof ENGLISH_TABLE;

const ENGLISH_DELIMITERS: ReadonlyMap<string, string> = new Map([
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'bars'],
]);

const rows = (number: number): string => COMMON_ENGLISH.formats.count(number, 'row', 'rows');

export const ENGLISH_TABLE = {
  file: 'Choose a CSV file',
  rowsOf: (file: string, number: number): string => `“${file}”: ${rows(number)}`,
  columns: 'Which column is which',
  noColumn: 'choose …',
  label: (name: string): string => `${name} (the class)`,
  missingColumns: (names: string): string => `Choose a column of the file for ${names}.`,
  good: (good: number, bad: number): string =>
    bad === 0 ? `All ${rows(good)} can be taken.` : `${rows(good)} can be taken, ${bad} cannot:`,
  problem(problem: RowProblem, classes: string): string {
    const { line, kind } = problem;
    if (kind === 'cells')
      return `line ${line}: must have ${problem.expected} cells, as many as the header line, got ${problem.got}`;
    const { column, got } = problem;
    if (kind === 'missing') return `line ${line}: column “${column}” is empty`;
    const expected = kind === 'number' ? 'a number' : `a class (${classes})`;
    return `line ${line}: column “${column}” must be ${expected}, got “${got}”`;
  },
  dialect: ({ delimiter, decimal, encoding }: TableDialect): string =>
    `Read with ${ENGLISH_DELIMITERS.get(delimiter) ?? delimiter} between cells${decimal === null ? '' : decimal === ',' ? ', decimal commas' : ', decimal points'}, ${encoding}.`,
  otherwise: 'Read it in another way',
  asFound: 'as found',
  delimiter: 'Between cells',
  delimiterName: (delimiter: string): string => ENGLISH_DELIMITERS.get(delimiter) ?? delimiter,
  decimal: 'Decimal sign',
  decimalName: (sign: string): string => (sign === ',' ? 'comma: 3,14' : 'point: 3.14'),
  encoding: 'Encoding',
  question: ({ odd, beside }: DecimalQuestion): string =>
    `line ${odd.line}: is the sign in “${odd.cell}” (column “${odd.column}”) a decimal sign or one of thousands? ${beside ? `Line ${beside.line} has “${beside.cell}”. ` : ''}Choose the decimal sign under “Read it in another way”.`,

  moreProblems: (number: number): string => `and ${number} more`,
  add: (number: number): string => `Add ${rows(number)}`,
  unreadable(file: string, problem: TableProblem): string {
    switch (problem.kind) {
      case 'noRows':
        return `“${file}” has no rows: a header line comes first, then at least one row.`;
      case 'notText':
        return problem.isZip
          ? `“${file}” is a spreadsheet or another zip file: save the sheet as CSV.`
          : `“${file}” is no CSV file: there is no text in it.`;
      case 'delimiters':
        return `“${file}” can be read in two ways: choose what stands between cells.`;
      case 'columnTwice':
        return `“${file}”: two columns are called “${problem.name}”.`;
      case 'encoding':
        return `“${file}”: line ${problem.line} has letters that ${problem.encoding} has not. Choose the encoding.`;
      case 'unknownEncoding':
        return `This browser cannot read ${problem.encoding}.`;
      case 'quotes':
      case 'longRow':
        return `“${file}” is no CSV file that can be read: quotation marks do not fit from line ${problem.line} on.`;
      default:
        return problem satisfies never;
    }
  },
  tooLarge: (file: string): string => `“${file}” is larger than 20 MB.`,
  tryRow: 'Try a row',
};

const GERMAN_DELIMITERS: ReadonlyMap<string, string> = new Map([
  [',', 'Kommas'],
  [';', 'Semikolons'],
  ['\t', 'Tabulatoren'],
  ['|', 'senkrechten Strichen'],
]);

const zeilen = (number: number): string => COMMON_GERMAN.formats.count(number, 'Zeile', 'Zeilen');

export const GERMAN_TABLE: TableWords = {
  file: 'CSV-Datei wählen',
  rowsOf: (file, number) => `„${file}“: ${zeilen(number)}`,
  columns: 'Welche Spalte ist welche',
  noColumn: 'wählen …',
  label: (name) => `${name} (die Klasse)`,
  missingColumns: (names) => `Wähle eine Spalte der Datei für ${names}.`,
  good: (good, bad) =>
    bad === 0 ? `${zeilen(good)}, alle brauchbar.` : `${zeilen(good)} brauchbar, ${bad} nicht:`,
  problem(problem, classes) {
    const { line, kind } = problem;
    if (kind === 'cells')
      return `Zeile ${line}: muss ${problem.expected} Zellen haben, so viele wie die Kopfzeile, und hat ${problem.got}`;
    const { column, got } = problem;
    if (kind === 'missing') return `Zeile ${line}: Spalte „${column}“ ist leer`;
    const expected = kind === 'number' ? 'eine Zahl' : `eine Klasse (${classes})`;
    return `Zeile ${line}: Spalte „${column}“ muss ${expected} sein, da steht „${got}“`;
  },
  moreProblems: (number) => `und ${number} weitere`,
  add: (number) => `${zeilen(number)} hinzufügen`,
  dialect: ({ delimiter, decimal, encoding }) =>
    `Gelesen mit ${GERMAN_DELIMITERS.get(delimiter) ?? delimiter} zwischen den Zellen${decimal === null ? '' : decimal === ',' ? ', Dezimalkommas' : ', Dezimalpunkten'}, ${encoding}.`,
  otherwise: 'Anders lesen',
  asFound: 'wie gefunden',
  delimiter: 'Zwischen den Zellen',
  delimiterName: (delimiter) => GERMAN_DELIMITERS.get(delimiter) ?? delimiter,
  decimal: 'Dezimalzeichen',
  decimalName: (sign) => (sign === ',' ? 'Komma: 3,14' : 'Punkt: 3.14'),
  encoding: 'Kodierung',
  question: ({ odd, beside }) =>
    `Zeile ${odd.line}: ist das Zeichen in „${odd.cell}“ (Spalte „${odd.column}“) ein Dezimalzeichen oder eins für Tausender? ${beside ? `In Zeile ${beside.line} steht „${beside.cell}“. ` : ''}Wähle das Dezimalzeichen unter „Anders lesen“.`,
  unreadable(file, problem) {
    switch (problem.kind) {
      case 'noRows':
        return `„${file}“ hat keine Zeilen: erst kommt eine Kopfzeile, dann mindestens eine Zeile.`;
      case 'notText':
        return problem.isZip
          ? `„${file}“ ist eine Tabellenkalkulation oder eine andere Zip-Datei: speichere das Blatt als CSV.`
          : `„${file}“ ist keine CSV-Datei: darin steht kein Text.`;
      case 'delimiters':
        return `„${file}“ lässt sich auf zwei Arten lesen: wähle, was zwischen den Zellen steht.`;
      case 'columnTwice':
        return `„${file}“: zwei Spalten heißen „${problem.name}“.`;
      case 'encoding':
        return `„${file}“: in Zeile ${problem.line} stehen Zeichen, die ${problem.encoding} nicht hat. Wähle die Kodierung.`;
      case 'unknownEncoding':
        return `Dieser Browser kann ${problem.encoding} nicht lesen.`;
      case 'quotes':
      case 'longRow':
        return `„${file}“ ist keine lesbare CSV-Datei: von Zeile ${problem.line} an passen die Anführungszeichen nicht.`;
      default:
        return problem satisfies never;
    }
  },
  tooLarge: (file) => `„${file}“ ist größer als 20 MB.`,
  tryRow: 'Eine Zeile ausprobieren',
};
