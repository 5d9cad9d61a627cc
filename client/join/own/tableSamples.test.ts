import { describe, expect, test } from 'vitest';
import type { TaskInfo } from '../../../shared/protocol/messages.ts';
import { type OwnTable, readTable } from './readTable.ts';
import { chooseColumns, tableToSamples } from './tableSamples.ts';

const TASK: TaskInfo = {
  id: 'flowers',
  title: 'Flowers',
  model: {
    id: 'flowers',
    input: [2],
    layers: [{ kind: 'dense', name: 'head', units: 2 }],
    loss: 'softmaxCrossEntropy',
  },
  classes: ['rose', 'tulip'],
  inputs: 'float32',
  scale: 1,
  offset: 0,
  metric: 'accuracy',
  table: {
    columns: [
      { name: 'petal', scale: 2, offset: -1 },
      { name: 'Stem length', scale: 1, offset: 0 },
    ],
    label: 'kind',
  },
};
const CSV = `stem_length,Kind,petal,note
10,rose,1.5,"two
lines"
20,Tulip,-2e1,
30,daisy,3,
40,rose,x,
50,rose,,
60,rose
70,tulip,7,
`;

function read(text: string) {
  const table = readTable(text) as OwnTable;
  return tableToSamples(table, chooseColumns(table.header, TASK.table!), TASK);
}

test('columns are found by name, and good rows come in the task’s order and scale', () => {
  const { samples } = read(CSV);
  expect(samples.count).toBe(3);
  expect([...samples.inputs]).toEqual([2, 10, -41, 20, 13, 70]);
  expect([...samples.labels]).toEqual([0, 1, 1]);
});

test('every row that cannot be taken is told by its line, a row over two lines notwithstanding', () => {
  expect(read(CSV).problems).toEqual([
    { line: 5, column: 'Kind', kind: 'class', got: 'daisy' },
    { line: 6, column: 'petal', kind: 'number', got: 'x' },
    { line: 7, column: 'petal', kind: 'missing', got: '' },
    { line: 8, column: 'petal', kind: 'missing', got: '' },
  ]);
});

test('a file with semicolons may write numbers with a comma, one with commas may not', () => {
  const german = read('petal;stem length;kind\n1,5;2;rose\n');
  expect([...german.samples.inputs]).toEqual([2, 2]);
  const english = read('petal,stem length,kind\n"1,5",2,rose\n');
  expect(english.problems).toEqual([{ line: 2, column: 'petal', kind: 'number', got: '1,5' }]);
});

test('neither an empty cell nor a word that JavaScript takes for a number is one', () => {
  for (const cell of ['', ' ', 'Infinity', 'NaN', '1 2', '1e400'])
    expect(read(`petal,stem length,kind\n${cell},2,rose\n3,4,rose\n`).samples.count, cell).toBe(1);
});

describe('what is no table', () => {
  test('is told', () => {
    expect(readTable('')).toEqual({ kind: 'noRows', line: 0 });
    expect(readTable('petal,kind\n')).toEqual({ kind: 'noRows', line: 0 });
    expect(readTable('petal,kind\n1,"rose\n')).toMatchObject({ kind: 'notCsv' });
  });
  test('umlauts, a byte order mark and tabs are nothing odd', () => {
    expect(readTable('\ufeffGröße\tArt\n1\tVögel\n')).toEqual({
      header: ['Größe', 'Art'],
      rows: [{ line: 2, cells: ['1', 'Vögel'] }],
      hasDecimalComma: false,
    });
  });
});

test('a column that the file lacks is chosen by nobody', () => {
  expect(chooseColumns(['petal', 'species'], TASK.table!)).toEqual({ inputs: [0, -1], label: -1 });
});
