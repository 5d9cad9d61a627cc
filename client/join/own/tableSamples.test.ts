import { expect, test } from 'vitest';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { readOwnTable, type OwnTable } from './ownTable.ts';
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

const open = async (text: string) => (await readOwnTable(new TextEncoder().encode(text), {})) as OwnTable;
async function read(text: string, decimal?: '.' | ',') {
  const table = await open(text);
  return tableToSamples(table, chooseColumns(table.header, TASK.table!), TASK, decimal);
}

test('columns are found by name, and good rows come in the task’s order and scale', async () => {
  const { samples } = await read(CSV);
  expect(samples.count).toBe(3);
  expect([...samples.inputs]).toEqual([2, 10, -41, 20, 13, 70]);
  expect([...samples.labels]).toEqual([0, 1, 1]);
});

test('every row that cannot be taken is told by its line, a row over two lines notwithstanding', async () => {
  expect((await read(CSV)).problems).toEqual([
    { line: 5, column: 'Kind', kind: 'class', got: 'daisy' },
    { line: 6, column: 'petal', kind: 'number', got: 'x' },
    { line: 7, column: 'petal', kind: 'missing', got: '' },
    { line: 8, kind: 'cells', expected: 4, got: 2 },
  ]);
});

test('numbers may have a decimal comma, as the file has it throughout', async () => {
  const german = await read('petal;stem length;kind\n1,5;2;rose\n');
  expect([...german.samples.inputs]).toEqual([2, 2]);
  expect(german).toMatchObject({ decimal: ',', question: null });
  // Unquoted, it makes a row longer, not another number.
  const shifted = await read('petal,stem length,kind\n1,5,2,rose\n1,5,rose\n');
  expect(shifted.samples.count).toBe(1);
  expect(shifted.problems).toEqual([{ line: 2, kind: 'cells', expected: 3, got: 4 }]);
});

test('a number that may mean two things is asked about', async () => {
  const text = 'petal;stem length;kind\n2.071;0,5;rose\n';
  expect((await read(text)).question).toMatchObject({
    odd: { cell: '2.071', line: 2 },
    beside: { cell: '0,5' },
  });
  expect([...(await read(text, ',')).samples.inputs]).toEqual([4141, 0.5]);
  const pointed = await read(text, '.');
  expect([pointed.question, pointed.problems]).toEqual([
    null,
    [{ line: 2, column: 'stem length', kind: 'number', got: '0,5' }],
  ]);
});

test('neither a blank cell nor what is no decimal number, or beyond float32, is one', async () => {
  for (const cell of ['', ' ', '" "', 'Infinity', 'NaN', '1 2', '1e400', '1e39', '0x10'])
    expect((await read(`petal,stem length,kind\n${cell},2,rose\n3,4,rose\n`)).samples.count, cell).toBe(1);
});

test('numbers are scaled before they are rounded', async () => {
  const scale = 1 / 30;
  const columns = [{ name: 'petal', scale, offset: -1_700_000_001 * scale }, TASK.table!.columns[1]!];
  const task = { ...TASK, table: { ...TASK.table!, columns } };
  const table = await open('petal,stem length,kind\n1700000001,2,rose\n1700000031,2,rose\n');
  const { samples } = tableToSamples(table, { inputs: [0, 1], label: 2 }, task);
  expect(samples.inputs[0]).toBeCloseTo(0, 5);
  expect(samples.inputs[2]).toBeCloseTo(1, 5);
});

test('classes that differ by a sign alone stay two', async () => {
  const task = { ...TASK, classes: ['<=50K', '>50K'] };
  const table = await open('petal,stem length,kind\n1,2,<=50K\n1,2,>50K\n1,2,>50k\n1,2,50K\n');
  const { samples, problems } = tableToSamples(table, { inputs: [0, 1], label: 2 }, task);
  expect([...samples.labels]).toEqual([0, 1, 1]);
  expect(problems).toEqual([{ line: 5, column: 'kind', kind: 'class', got: '50K' }]);
});

test('what is no table is told', async () => {
  expect(await open('')).toEqual({ kind: 'noRows', hasHeader: false });
  expect(await open('petal,kind\n')).toEqual({ kind: 'noRows', hasHeader: true });
  expect(await open('petal,kind\n1,"rose\n')).toEqual({ kind: 'quotes', line: 2, isOpen: true });
});

test('umlauts, a byte order mark and tabs are nothing odd', async () => {
  const table = '\ufeffGröße\tArt\n1\tVögel\n';
  const read = { header: ['Größe', 'Art'], rows: [{ line: 2, cells: ['1', 'Vögel'] }] };
  expect(await open(table)).toEqual({ ...read, dialect: { delimiter: '\t', encoding: 'utf-8' } });
  const wide = await readOwnTable(new Uint8Array(Buffer.from(table, 'utf16le')), {});
  expect(wide).toEqual({ ...read, dialect: { delimiter: '\t', encoding: 'utf-16le' } });
});

test('a column that the file lacks is chosen by nobody', () => {
  expect(chooseColumns(['petal', 'species'], TASK.table!)).toEqual({ inputs: [0, -1], label: -1 });
});
