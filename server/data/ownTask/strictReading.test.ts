// What people bring and what was read wrongly of it once, without a word: it is read as it is meant, or refused.

import { describe, expect, test } from 'vitest';
import { createTaskGround, csvData, TASK, MODEL } from '../testing/taskGround.ts';
import { isTaskFile, openOwnTask } from './openOwnTask.ts';

const { path, write, open } = createTaskGround();

function npy(values: Float32Array, shape: string): Buffer {
  const header = Buffer.from(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`);
  const start = Buffer.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  return Buffer.concat([start, header, Buffer.from(values.buffer)]);
}

describe('nothing is read wrongly without a word', () => {
  const xy = csvData({ inputs: ['x', 'y'] });

  test('columns of a test file are found by the names that the training file has', async () => {
    write('test.csv', 'Kind,y,X,who\na,10,1,eve\n');
    const { data: sets, notes } = await open({ ...TASK, data: csvData({ client: 'who', test: 'test.csv' }) });
    expect([...sets.test.inputs]).toEqual([1, 10]);
    expect(notes.map((note) => note.split('/').at(-1))).toEqual([
      'train.csv: 8 rows; commas between cells, whole numbers, utf-8',
      'test.csv: 1 row; commas between cells, whole numbers, utf-8',
      'test.csv: column "X" is taken for "x"',
    ]);
    write('test.csv', 'x,z,kind\n1,10,a\n');
    await expect(open({ ...TASK, data: { ...xy, test: 'test.csv' } })).rejects.toThrow(
      'test.csv line 1: expected a column "y", got x, z, kind',
    );
  });

  test('a column that the task file writes in another way is told, not guessed', async () => {
    await expect(open({ ...TASK, data: csvData({ label: 'Kind' }) })).rejects.toThrow(
      'train.csv line 1: expected a column "Kind", got x, y, kind, who',
    );
  });

  test('classes that differ by a sign alone stay two, and another case is said', async () => {
    write('train.csv', 'x,pay\n1,<=50K\n2,>50K\n3,>50k\n4,<=50K\n');
    const model = { ...MODEL, input: [1], layers: [{ kind: 'dense', name: 'head', units: 2 }] };
    const data = { format: 'csv', train: 'train.csv', test: 'train.csv', label: 'pay' };
    const opened = await open({ ...TASK, model, data, classes: ['<=50K', '>50K'] });
    expect([...opened.data.train.labels]).toEqual([0, 1, 1, 0]);
    expect(opened.notes[1]).toMatch(/train\.csv: ">50k" is taken for the class ">50K"$/);
    write('train.csv', 'x,pay\n1,<=50K\n2,50K\n');
    await expect(open({ ...TASK, model, data, classes: ['<=50K', '>50K'] })).rejects.toThrow(
      'line 3, column "pay": expected a class (<=50K, >50K), got "50K"',
    );
  });

  test.each([
    ['" ",2,a', 'line 2, column "x": expected a decimal number, got ""'],
    ['0x10,2,a', 'line 2, column "x": expected a decimal number, got "0x10"'],
    ['Infinity,2,a', 'got "Infinity"'],
    ['1e39,2,a', 'line 2: expected inputs that are numbers of float32 when scaled, got one from 1e+39'],
    ['1,2, ', 'line 2, column "kind": expected a class (a, b, c), got " "'],
    ['1,2', 'line 2: expected 3 cells, as many as columns, got 2'],
    ['1,2,3,a', 'line 2: expected 3 cells, as many as columns, got 4'],
    ['"1,234",2,a', 'got "1,234"'],
  ])('the row %j is refused by its line', async (row, message) => {
    write('train.csv', `x,y,kind\n${row}\n3,4.5,b\n5,6,c\n7,8,c\n`);
    await expect(open({ ...TASK, data: xy })).rejects.toThrow(
      message.replace('got "1,234"', 'is the sign in "1,234"'),
    );
  });

  test('a number that may mean two things is asked about, by the field that answers it', async () => {
    write('train.csv', 'x;y;kind\n2.071;0,721;a\n1.774;0,067;b\n12;1,5;c\n3;4;a\n');
    await expect(open({ ...TASK, data: xy })).rejects.toThrow(
      /train\.csv line 2, column "x": is the sign in "2\.071" a decimal sign or one of thousands\? Line 2, column "y", has "0,721"\. Say "decimal": "\." or "decimal": "," under "data" in .*task\.json/,
    );
    const test = { share: 0.5 };
    const { data: sets, notes } = await open({ ...TASK, data: { ...xy, decimal: ',', test } });
    const read = [...sets.train.inputs, ...sets.test.inputs];
    expect(read.sort((a, b) => b - a).slice(0, 2)).toEqual([2071, 1774]);
    expect(notes[0]).toMatch(/4 rows; semicolons between cells, decimal commas, utf-8$/);
  });

  test('a few samples are dealt to as many shards, and more shards than samples are refused by their field', async () => {
    expect((await open({ ...TASK, data: xy })).task.dealing.numShards).toBe(6);
    await expect(open({ ...TASK, data: xy, deal: { shards: 7 } })).rejects.toThrow(
      'task.json: deal.shards: expected at most 6, the training samples, got 7',
    );
  });

  test('numbers are scaled before they are rounded', async () => {
    const rows = [0, 1, 2, 3].map((i) => `${1_700_000_001 + 30 * i},${i},${'abca'[i]}`);
    write('train.csv', `x,y,kind\n${rows.join('\n')}\n`);
    const data = { ...xy, test: 'train.csv' };
    const { data: sets, task } = await open({ ...TASK, data, scaling: { kind: 'standardise' } });
    const [x, y] = [0, 1].map((column) => [...sets.train.inputs].filter((_, i) => i % 2 === column));
    x!.forEach((value, i) => expect(value).toBeCloseTo(y![i]!, 6));
    const { scale, offset } = task.table!.columns[0]!;
    expect(1_700_000_031 * scale + offset).toBeCloseTo(x![1]!, 6);
  });

  test('clients are who they say they are, however large their numbers and however many', async () => {
    const ids = ['9007199254740992', '9007199254740993', '07', '7'];
    const rows = Array.from({ length: 70_000 }, (_, i) => `${i},1,a,${ids[i] ?? i}`);
    write('train.csv', `x,y,kind,who\n${rows.join('\n')}\n`);
    const client = { client: 'who', test: { clients: ['9007199254740993', '07'] } };
    const { data: sets, task } = await open({ ...TASK, data: { ...xy, ...client } });
    expect([...sets.test.inputs].filter((_, i) => i % 2 === 0)).toEqual([1, 2]);
    // Two rows are of client 7.
    expect(new Set(sets.train.groups).size).toBe(69_997);
    expect(task.dealing.numShards).toBe(69_997);
    await expect(open({ ...TASK, data: { ...xy, ...client, test: { clients: [2 ** 53] } } })).rejects.toThrow(
      'data.test.clients.0: expected a number of at most 2^53, or a larger one in quotation marks, got 9007199254740992',
    );
  });

  test('a label that there is not is told by the file and the index that it has there, hold-out or not', async () => {
    write('x.npy', npy(new Float32Array(16), '(8, 2)'));
    write('y.npy', npy(Float32Array.of(0, 1, 2, 0, 1, 7, 0, 1), '(8,)'));
    const data = { format: 'npy', train: { inputs: 'x.npy', labels: 'y.npy' }, test: { share: 0.5 } };
    await expect(open({ ...TASK, data })).rejects.toThrow(
      /y\.npy index 5: expected a label from 0 to 2, got 7/,
    );
  });
});

function openWritten(name: string, content: string | Uint8Array) {
  write(name, content);
  return openOwnTask(path(name));
}

describe('a task file', () => {
  const json = JSON.stringify({ ...TASK, data: csvData({ inputs: ['x', 'y'] }) });

  test('may begin with a byte order mark, be UTF-16, and end in .JSON', async () => {
    expect((await openWritten('task.json', `\ufeff${json}`)).task.id).toBe('mine');
    expect((await openWritten('task.json', Buffer.from(`\ufeff${json}`, 'utf16le'))).task.id).toBe('mine');
    expect(isTaskFile('TASK.JSON')).toBe(true);
    expect(isTaskFile('digits')).toBe(false);
  });

  test.each(['__proto__', 'constructor', 'prototype'])(
    'that says %s, at any depth, is refused',
    async (key) => {
      for (const odd of [
        `{"${key}":{"a":1},${json.slice(1)}`,
        json.replace('"share":', `"${key}":1,"share":`),
      ])
        await expect(openWritten('task.json', odd)).rejects.toThrow(
          `task.json: ${key}: there is no such field`,
        );
    },
  );

  test.each([
    ['deep brackets', '['.repeat(200_000), /task\.json: expected JSON, got/],
    [
      'something large',
      `"${'x'.repeat(2 ** 20)}"`,
      /expected a task file of at most 1048576 bytes, got 1048578/,
    ],
    [
      'a class twice',
      json.replace('"b"', '"a"'),
      /task\.json: classes: expected names that differ, got "a" twice/,
    ],
    ['a column twice', json.replace('"y"', '"x"'), /data\.inputs: expected names that differ, got "x" twice/],
    [
      'the label among the inputs',
      json.replace('"y"', '"kind"'),
      /data\.inputs: expected columns other than the label, got "kind"/,
    ],
    [
      'data elsewhere',
      json.replace('train.csv', '/etc/passwd'),
      /data\.train: expected a file in the folder/,
    ],
  ])('of %s is refused in one sentence', async (_, content, message) => {
    await expect(openWritten('task.json', content)).rejects.toThrow(message);
  });
});
