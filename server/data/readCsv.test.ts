import { expect, test } from 'vitest';
import { parseCsv } from './readCsv.ts';

const table = (text: string, delimiter = ',') =>
  parseCsv(new TextEncoder().encode(text), 'some.csv', delimiter);

test('reads numbers by column, in the order asked for', () => {
  const { count, columns, numbers, texts } = table('a,b,kind\n1,2.5,x\n-3e2, 4 ,"y, z"\n');
  expect(count).toBe(2);
  expect(columns).toEqual(['a', 'b', 'kind']);
  expect([...numbers(['b', 'a'])]).toEqual([2.5, 1, 4, -300]);
  expect(texts('kind')).toEqual(['x', 'y, z']);
});

test('takes a byte order mark, CRLF, empty lines, quotes over lines and other delimiters', () => {
  const { numbers, texts, lineOf } = table('\ufeffa;b\r\n1;"two\nlines"\r\n\r\n3;four\r\n', ';');
  expect([...numbers(['a'])]).toEqual([1, 3]);
  expect(texts('b')).toEqual(['two\nlines', 'four']);
  expect(lineOf(1)).toBe('some.csv line 5');
});

test.each([
  ['an empty file', '', 'some.csv: expected a header line and at least one row, got nothing'],
  ['a header alone', 'a,b\n', 'some.csv: expected a header line and at least one row, got no row'],
  ['a column twice', 'a,a\n1,2\n', 'some.csv line 1: expected columns that differ, got "a" twice'],
  ['a line that is too short', 'a,b\n1,2\n3\n', 'some.csv line 3: '],
  ['a line that is too long', 'a,b\n1,2,3\n', 'some.csv line 2: '],
  ['a quote that never ends', 'a,b\n1,"2\n3,4\n', 'some.csv line '],
])('refuses %s with its line', (_, text, message) => {
  expect(() => table(text)).toThrow(message);
});

test.each([
  ['', 'got ""'],
  ['three', 'got "three"'],
  ['NaN', 'got "NaN"'],
  ['Infinity', 'got "Infinity"'],
  ['1e39', 'got "1e39"'],
  ['1,5', 'got "1,5"'],
])('refuses the cell "%s" with line and column', (cell, message) => {
  const read = () => table(`a,b\n1,2\n1,"${cell}"\n`).numbers(['a', 'b']);
  expect(read).toThrow(`some.csv line 3, column "b": expected a finite number, ${message}`);
});

test('refuses a column that is not there with those that are', () => {
  expect(() => table('a,b\n1,2\n').texts('c')).toThrow('some.csv line 1: expected a column "c", got a, b');
});
