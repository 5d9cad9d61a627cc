// Against csv-parse, which knows CSV and not our speed.

import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCsvRecords } from './csvRecords.ts';
import { TableError } from './tableError.ts';

/** Pushed in pieces of `size` characters. */
function recordsOf(text: string, delimiter = ',', size = 1e9): { cells: string[]; line: number }[] {
  const records: { cells: string[]; line: number }[] = [];
  const reading = createCsvRecords(delimiter, (cells, line) => records.push({ cells, line }));
  for (let at = 0; at < text.length; at += size) reading.push(text.slice(at, at + size));
  reading.end();
  return records;
}
const cellsOf = (text: string) => recordsOf(text).map(({ cells }) => cells);

test('any table comes back cell by cell, whatever its delimiter, quotes, line ends and pieces, as csv-parse reads it', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '7', 'ü', '"', ',', ';', '\t', ' ', '\n'),
    maxLength: 6,
  });
  const table = fc
    .integer({ min: 2, max: 4 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
    );
  fc.assert(
    fc.property(
      table,
      fc.constantFrom(',', ';', '\t', '|'),
      fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (rows, delimiter, ends, size) => {
        const quoted = (text: string): string =>
          /["\n]|^\s|\s$/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = rows.map((cells) => {
          const line = cells.map(quoted).join(delimiter);
          // A row of blanks would be an empty line.
          return line.trim() === '' ? `""${line}` : line;
        });
        const text = lines.map((line, i) => line + ends[i % ends.length]!).join('');
        const read = recordsOf(text, delimiter, size).map(({ cells }) => cells);
        expect(read).toEqual(rows);
        const known = parse(text, {
          delimiter,
          record_delimiter: ['\r\n', '\n', '\r'],
          skip_empty_lines: true,
        });
        expect(read).toEqual(known);
      },
    ),
    { numRuns: 200 },
  );
});

test('a record has the line that it begins with, over quotation marks and empty lines, whatever ends them', () => {
  const text = 'a,b\r\n1,"two\nlines, ""quoted"""\r\r\n \n3,four\n5,six';
  for (const size of [1, 2, 3, 100])
    expect(recordsOf(text, ',', size)).toEqual([
      { cells: ['a', 'b'], line: 1 },
      { cells: ['1', 'two\nlines, "quoted"'], line: 2 },
      { cells: ['3', 'four'], line: 6 },
      { cells: ['5', 'six'], line: 7 },
    ]);
});

test('spaces around quotation marks are no part of a cell, others are', () => {
  expect(cellsOf('"a" , "b, c" , d ,\n')).toEqual([['a', 'b, c', ' d ', '']]);
});

describe('quotation marks that do not fit', () => {
  test.each([
    ['a,b\n1,"2\n3,4\n', { kind: 'quotes', line: 2, isOpen: true }],
    ['a,b\n1,5" pipe\n1,6" pipe\n', { kind: 'quotes', line: 2, isOpen: false }],
    ['a,b\n1,"x"y""\n', { kind: 'quotes', line: 2, isOpen: false }],
  ])('are told with their line: %j', (text, problem) => {
    expect(() => recordsOf(text)).toThrow(expect.objectContaining({ problem }) as Error);
  });

  test('gather no more than a row may have', () => {
    const reading = createCsvRecords(',', () => {});
    const push = () => {
      for (let i = 0; i < 40; i++) reading.push(`"${'x,1\n'.repeat(2 ** 18)}`);
    };
    expect(push).toThrow(TableError);
  });
});
