import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNumberReader, type DecimalSign } from './decimalNumbers.ts';
import { describeDialect, describeTableProblem } from './describeTable.ts';
import { readTable, type SaidDialect } from './readTable.ts';
import { TableError } from './tableError.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

function encode(text: string, encoding: Encoding, hasMark: boolean): Uint8Array {
  const marked = hasMark && encoding !== 'windows-1252' ? `\ufeff${text}` : text;
  if (encoding === 'utf-8') return new TextEncoder().encode(marked);
  if (encoding === 'windows-1252') return new Uint8Array(Buffer.from(marked, 'latin1'));
  const bytes = Buffer.from(marked, 'utf16le');
  return new Uint8Array(encoding === 'utf-16le' ? bytes : bytes.swap16());
}

async function read(bytes: Uint8Array, said: SaidDialect = {}, size = 1e9) {
  const header: string[] = [];
  const rows: { cells: readonly string[]; line: number }[] = [];
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  const dialect = await readTable(chunks, said, {
    header: (names) => header.push(...names),
    row: (cells, line) => rows.push({ cells, line }),
  });
  return { header, rows, dialect };
}
const problemOf = (bytes: Uint8Array, said: SaidDialect = {}) =>
  read(bytes, said).then(
    () => 'no problem',
    (error: TableError) => describeTableProblem(error.problem),
  );
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const utf8 = (text: string) => encode(text, 'utf-8', false);

test('what was written is read, whatever the delimiter, the decimal sign, the encoding, quotes, line ends and pieces', async () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'Z', 'ü', 'é', 'ß', '3', ' ', '"', ';', ',', '\t'),
    maxLength: 8,
  });
  const row = fc.tuple(
    word,
    fc.integer({ min: -999, max: 999 }),
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      fc.record({
        delimiter: fc.constantFrom(',', ';', '\t'),
        decimal: fc.constantFrom<DecimalSign>('.', ','),
        encoding: fc.constantFrom<Encoding>('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
        hasMark: fc.boolean(),
        end: fc.constantFrom('\n', '\r\n', '\r'),
        quotesAll: fc.boolean(),
        size: fc.integer({ min: 1, max: 40 }),
      }),
      async (rows, { delimiter, decimal, encoding, hasMark, end, quotesAll, size }) => {
        // The last column is never in question: four digits before its sign and one after.
        const cells = rows.map(([text, whole, number]) => [
          text.trim(),
          String(whole),
          `${Math.trunc(number) + 2000}${decimal}5`,
        ]);
        const write = (cell: string): string =>
          quotesAll || /["\s]/.test(cell) || cell.includes(delimiter)
            ? `"${cell.replaceAll('"', '""')}"`
            : cell;
        const text = [['Wörter', 'whole', 'number'], ...cells]
          .map((line) => line.map(write).join(delimiter) + end)
          .join('');
        const found = await read(encode(text, encoding, hasMark), {}, size);
        expect(found.header).toEqual(['Wörter', 'whole', 'number']);
        expect(found.rows.map((each) => each.cells)).toEqual(cells);
        expect(found.rows.map(({ line }) => line)).toEqual(cells.map((_, i) => i + 2));
        expect(found.dialect).toEqual({ delimiter, encoding });
        const numbers = createNumberReader();
        for (const [i, each] of cells.entries()) numbers.read(each[2]!, i, 'number');
        expect(numbers.findSign(delimiter)).toEqual({ sign: decimal, question: null });
      },
    ),
    { numRuns: 150 },
  );
});

describe('what is said rules over what would be found', () => {
  test('of the delimiter', async () => {
    expect((await read(utf8('a;b,c\n1;2,3\n'), { delimiter: ';' })).header).toEqual(['a', 'b,c']);
    expect(await problemOf(utf8('a;b,c\n1;2,3\n'))).toBe(
      ': expected one delimiter, got cells between commas as well as between semicolons: say the "delimiter"',
    );
  });

  test('of the encoding, any that a browser knows', async () => {
    const bytes = Uint8Array.of(...utf8('a,b\n1,'), 0x8a, 10);
    expect((await read(bytes)).rows[0]!.cells[1]).toBe('Š');
    expect((await read(bytes, { encoding: 'macintosh' })).rows[0]!.cells[1]).toBe('ä');
    expect(await problemOf(bytes, { encoding: 'utf8' })).toBe(
      ' line 2: expected utf-8, got bytes that it has not',
    );
    expect(await problemOf(bytes, { encoding: 'klingon' })).toBe(
      ': expected an encoding like utf-8, utf-16le or windows-1252, got "klingon"',
    );
  });
});

test('UTF-8 that breaks off into something else is asked about, late in the file, too', async () => {
  const begin = utf8(`a,b\n${'1,2\n'.repeat(40_000)}`);
  expect(await problemOf(joined(begin, utf8('1,ü\n'), begin, Uint8Array.of(0xfc, 10)))).toBe(
    ' line 80004: expected utf-8, got bytes that it has not after letters that it has: say the "encoding"',
  );
  const latin = await read(joined(begin, Uint8Array.of(0x31, 0x2c, 0xfc)), {}, 70_000);
  expect(latin.rows.at(-1)!.cells).toEqual(['1', 'ü']);
  expect(latin.dialect.encoding).toBe('windows-1252');
});

test.each([
  ['nothing', '', ': expected a header line and at least one row, got nothing'],
  ['a header alone', 'a,b\n\n', ': expected a header line and at least one row, got no row'],
  ['a column twice', 'a,b, a\n1,2,3\n', ' line 1: expected columns that differ, got "a" twice'],
  [
    'a spreadsheet',
    'PK\u0003\u0004abc',
    ': expected a CSV file, got a spreadsheet or another zip file: save the sheet as CSV',
  ],
  [
    'a picture',
    '\u0000\u0001\u0000\u0001\u0001\u0000\u0000',
    ': expected a CSV file, got bytes that are no text',
  ],
  [
    'an open quotation mark',
    'a,b\n1,"2\n',
    ' line 2: expected every quotation mark to be closed, got one that is not',
  ],
])('refuses %s', async (_, text, message) => {
  expect(await problemOf(utf8(text))).toBe(message);
});

test('the dialect is told in words', () => {
  expect(describeDialect({ delimiter: ';', decimal: ',', encoding: 'utf-16le' })).toBe(
    'semicolons between cells, decimal commas, utf-16le',
  );
  expect(describeDialect({ delimiter: '~', decimal: null, encoding: 'utf-8' })).toBe(
    '"~" between cells, whole numbers, utf-8',
  );
});
