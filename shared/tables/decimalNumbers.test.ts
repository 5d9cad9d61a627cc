import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createNumberReader, hasGroups, type DecimalSign } from './decimalNumbers.ts';

/** The numbers, and what is found of their sign. */
function read(cells: readonly string[], said?: DecimalSign, delimiter = ',') {
  const reader = createNumberReader(said);
  const values = cells.map((cell, i) => reader.read(cell, i + 2, 'x'));
  const { sign, question } = reader.findSign(delimiter);
  return { values, sign, odd: question?.odd.cell, beside: question?.beside?.cell };
}

test('every number that is written as a decimal one is read exactly, with either sign', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom<DecimalSign>('.', ','),
      fc.constantFrom('', ' ', '\u00a0'),
      (number, sign, space) => {
        const written = `${space}${String(number).replace('.', sign)}${space}`;
        const value = number === 0 ? 0 : number;
        expect(read([written], sign).values).toEqual([value]);
        expect(read([written]).values).toEqual([value]);
      },
    ),
  );
});

test.each([
  '',
  ' ',
  '\t',
  '0x10',
  '0b1',
  '1_0',
  'Infinity',
  '-Infinity',
  'NaN',
  '1e400',
  '1 2',
  '1e',
  '.',
  '-',
  '+',
  '١',
  '1n',
  "1'000",
])('%j is no number', (cell) => {
  for (const said of [undefined, '.', ','] as const) expect(read([cell], said).values).toEqual([Number.NaN]);
});

test('long whole numbers are as exact as numbers are', () => {
  const cells = ['007', '123456789012345', '1234567890123456', '9007199254740993', '+5', '-5'];
  expect(read(cells).values).toEqual([7, 123456789012345, 1234567890123456, 9007199254740992, 5, -5]);
});

describe('the decimal sign is found', () => {
  test.each([
    [['1', '20'], null],
    [['1.5', '20'], '.'],
    [['1,5', '20'], ','],
    // Three digits after a zero, or four before, part no thousands.
    [['0,721', '2071'], ','],
    [['2.071', '0.5'], '.'],
    [['2,071', '0,5'], ','],
    [['1234,567'], ','],
    // After commas between cells a point is what it always was.
    [['2.071'], '.'],
  ] as const)('in %j: %j', (cells, sign) => {
    expect(read(cells)).toMatchObject({ sign, odd: undefined });
  });

  test.each([
    [['2.071', '0,721'], '2.071', '0,721'],
    [['0,721', '2.071'], '2.071', '0,721'],
    [['1,234', '4.5'], '1,234', '4.5'],
    [['4.5', '2,5'], '4.5', '2,5'],
    [['1,234', '20'], '1,234', undefined],
    [['2.071', '1,234'], '1,234', '2.071'],
  ])('but of %j it is asked about "%s"', (cells, odd, beside) => {
    expect(read(cells)).toMatchObject({ sign: null, odd, beside });
  });

  test('and of "2.071" alone, where semicolons stand between cells', () => {
    expect(read(['2.071'], undefined, ';')).toMatchObject({ sign: null, odd: '2.071' });
    expect(read(['2.071', '3.5'], undefined, ';')).toMatchObject({ sign: '.' });
  });
});

test('once the sign is said the other one parts thousands, and nothing is asked', () => {
  expect(read(['2.071', '0,721', '1.234.567,5'], ',')).toMatchObject({
    values: [2071, 0.721, 1234567.5],
    sign: ',',
    odd: undefined,
  });
  expect(read(['2.071', '1,234.5', '12,34'], '.').values).toEqual([2.071, 1234.5, Number.NaN]);
  expect([hasGroups('1,234.5'), hasGroups('12,34')]).toEqual([true, false]);
});
